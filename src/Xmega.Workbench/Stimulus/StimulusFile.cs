using System.Globalization;
using Xmega.Ports;
using Xmega.Serial;
using Xmega.Time;
using Xmega.Workbench.Analog;
using Xmega.Workbench.Boards;
using Xmega.Workbench.Running;
using Xmega.Workbench.Serial;

namespace Xmega.Workbench.Stimulus;

/// <summary>
/// Reads inputs over time, a line each: when, to which pin or receiver, what. The grammar:
/// <code>
/// line    = [ "repeat" COUNT | "end" | TIME what ] [ "#" comment ]
/// TIME    = [ "+" ] NUMBER ( "ps" | "ns" | "us" | "ms" | "s" )       with +: after the time of the line before
/// what    = PIN ( "0" | "1" | "z" | "pullup" | "pulldown" )
///         | USART ".RX" TEXT [ BAUD [ FORMAT ] ]                     without BAUD: at the receiver's own rate and pace
///         | PIN TEXT BAUD [ FORMAT ]                                 FORMAT as in 8N1 (the default) or 7E2
///         | "vcd" FILE ( PIN [ "=" WIRE ] )+                         replays a capture onto pins
///         | ( PIN | "VCC" ) SHAPE                                    volts from this time on
///         | "XTAL" FREQUENCY                                         the crystal or clock from then on; 0Hz: it stops
/// SHAPE   = ( VOLTS | "step" VOLTS VOLTS TIME | "ramp" VOLTS VOLTS TIME | "sine" OFFSET AMPLITUDE FREQUENCY [ PHASE "deg" ]
///           | "csv" FILE ) [ "noise" RMS [ "seed" NUMBER ] ]         VOLTS as in 1.2V or 20mV
/// TEXT    = '"' characters and \n \r \t \0 \\ \" \xHH '"'
/// </code>
/// A time is as written, or 0 without a unit. Inside repeat every time needs a +. Names of files count from the folder of
/// the stimulus file.
/// </summary>
public static class StimulusFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="text">Its content.</param>
    /// <param name="fileName">Its name, for messages and for the folder of the files it names.</param>
    /// <param name="chip">The chip whose pins and USARTs it names.</param>
    /// <returns>The steps.</returns>
    /// <exception cref="StimulusFormatException">The file is not of this form.</exception>
    public static IReadOnlyList<StimulusStep> Parse(string text, string fileName, ATxmega128A1 chip)
    {
        var parser = new Parser(fileName, chip);
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int n = 0; n < lines.Length; n++) parser.Add(new StimulusLine(lines[n], fileName, n + 1), n + 1);
        return parser.Finish();
    }

    private sealed class Parser(string fileName, ATxmega128A1 chip)
    {
        // A loop that takes no time would never end.
        private const long ShortestInLoop = 1000;

        private const string Levels = "levels";

        private readonly List<StimulusStep> _steps = [];
        private readonly Stack<(int Line, Int128 Begin, long Count)> _open = new();
        private readonly Dictionary<Pin, string> _uses = []; // what each pin is given
        private Int128 _last; // loops in loops add up to more than a long holds

        public void Add(StimulusLine line, int number)
        {
            if (line.Words.Count == 0) return;
            switch (line.Words[0].Text)
            {
                case "repeat":
                    BeginLoop(line, number);
                    break;
                case "end":
                    EndLoop(line);
                    break;
                default:
                    AddWait(line);
                    _steps.Add(new StimulusStep(StimulusStepKind.Do, Command: Command(line)));
                    break;
            }
        }

        public IReadOnlyList<StimulusStep> Finish() =>
            _open.TryPeek(out (int Line, Int128 Begin, long Count) begun) ? throw new StimulusFormatException(fileName, begun.Line, 1, "repeat without end") : _steps;

        // Past the end of emulated time it does not matter by how much.
        private static Int128 After(Int128 time, Int128 span) => Int128.Min(time + span, long.MaxValue);

        private void BeginLoop(StimulusLine line, int number)
        {
            if (line.Words.Count != 2 || !long.TryParse(line.Words[1].Text, NumberStyles.None, CultureInfo.InvariantCulture, out long count) || count < 1)
                throw line.Wrong(1, "repeat needs a whole number above 0, as in 'repeat 100'");
            _open.Push((number, _last, count));
            _steps.Add(new StimulusStep(StimulusStepKind.Repeat, Count: count));
        }

        private void EndLoop(StimulusLine line)
        {
            if (line.Words.Count != 1) throw line.Wrong(1, "nothing may follow end");
            if (!_open.TryPop(out (int Line, Int128 Begin, long Count) loop)) throw line.Wrong(0, "end without repeat before it");
            if (_steps[^1].Kind == StimulusStepKind.Repeat) throw line.Wrong(0, "nothing to repeat before this end");
            _last = After(loop.Begin, loop.Count * (_last - loop.Begin));
            _steps.Add(new StimulusStep(StimulusStepKind.End));
        }

        private void AddWait(StimulusLine line)
        {
            string text = line.Words[0].Text;
            bool relative = text.StartsWith('+');
            string span = relative ? text[1..] : text;
            if (!EmulatedTime.TryParse(span == "0" ? "0s" : span, out EmulatedTime? time, orZero: true))
                throw line.Wrong(0, $"'{text}' is not a time: write 10us, or +10us to count from the line before");
            if (time.InCycles) throw line.Wrong(0, "the world outside does not know the chip's cycles: write the time in ns, us, ms or s");
            if (!relative && _open.Count > 0) throw line.Wrong(0, "inside repeat a time counts from the line before: write +" + text);
            if (_open.Count > 0 && time.Amount < ShortestInLoop) throw line.Wrong(0, "inside repeat a line waits at least 1ns");
            if (!relative && time.Amount < _last) throw line.Wrong(0, $"{text} is before the line above: times must not go back");
            _last = relative ? After(_last, time.Amount) : time.Amount;
            _steps.Add(new StimulusStep(relative ? StimulusStepKind.WaitFor : StimulusStepKind.WaitUntil, time.Amount));
        }

        private StimulusCommand Command(StimulusLine line)
        {
            IReadOnlyList<StimulusWord> words = line.Words;
            if (words.Count < 3) throw line.Wrong(words.Count, "a line is TIME PIN LEVEL, as in '10us PORTC.PIN0 1'");
            if (words[1].Text == "vcd") return Replay(line);
            if (words[1].Text.Equals("VCC", StringComparison.OrdinalIgnoreCase)) return Give(line, null);
            if (words[1].Text.Equals("XTAL", StringComparison.OrdinalIgnoreCase)) return Clock(line);
            if (words[1].Text.EndsWith(".RX", StringComparison.OrdinalIgnoreCase)) return Send(line, Usart(line, words[1].Text[..^3]));
            Pin pin = Pin(line, 1, words[1].Text);
            if (words[2].Bytes is not null) return Send(line, pin, null);
            if (AnalogShape.Begins(words[2].Text)) return Give(line, Claim(line, 1, pin, Levels));
            if (words.Count > 3) throw line.Wrong(3, "a line is TIME PIN LEVEL, as in '10us PORTC.PIN0 1'");
            return new SetPin(Claim(line, 1, pin, Levels), words[2].Text switch
            {
                "0" => PinDrive.Strong(false),
                "1" => PinDrive.Strong(true),
                "z" or "Z" => PinDrive.None,
                "pullup" => PinDrive.Pull(true),
                "pulldown" => PinDrive.Pull(false),
                _ => throw line.Wrong(2, $"'{words[2].Text}' is not a level: write 0, 1, z, pullup, pulldown, or volts as in 1.2V"),
            });
        }

        private static SetExternalClock Clock(StimulusLine line)
        {
            if (line.Words.Count > 3) throw line.Wrong(3, "nothing may follow the frequency, as in '10ms XTAL 0Hz'");
            try
            {
                return new SetExternalClock(CrystalFrequency.Parse(line.Words[2].Text, orZero: true));
            }
            catch (FormatException e)
            {
                throw line.Wrong(2, e.Message);
            }
        }

        private Pin Pin(StimulusLine line, int word, string name) => chip.FindPin(name) ?? throw line.Wrong(word, $"no pin '{name}'; pins are PORTA.PIN0 to PORTR.PIN1");

        private IUsartPort Usart(StimulusLine line, string name) => chip.FindUsart(name) ?? throw line.Wrong(1, $"no USART '{name}'; receivers are USARTC0.RX to USARTF1.RX");

        // A sender holds its line between characters too: nothing else can drive it.
        private Pin Claim(StimulusLine line, int word, Pin pin, string use)
        {
            if (_uses.TryGetValue(pin, out string? other) && other != use) throw line.Wrong(word, $"{pin.Name} is given {other} above and {use} here: they would meet on the line");
            _uses[pin] = use;
            return pin;
        }

        private SendBytes Send(StimulusLine line, IUsartPort usart) => Send(line, usart.Rxd, usart);

        private SendBytes Send(StimulusLine line, Pin pin, IUsartPort? usart)
        {
            IReadOnlyList<StimulusWord> words = line.Words;
            byte[] bytes = words[2].Bytes ?? throw line.Wrong(2, $"text to send stands in quotes: \"{words[2].Text}\"");
            if (words.Count > 5) throw line.Wrong(5, "nothing may follow the frame format");
            if (words.Count == 3)
            {
                if (usart is null) throw line.Wrong(3, "text for a pin needs a baud rate, as in '1ms PORTC.PIN2 \"hello\" 9600'");
                return new SendBytes(Claim(line, 1, pin, "text at the receiver's rate"), usart, bytes, 0, default);
            }

            if (!long.TryParse(words[3].Text, NumberStyles.None, CultureInfo.InvariantCulture, out long baud) || baud is < 1 or > 100_000_000)
                throw line.Wrong(3, $"'{words[3].Text}' is not a baud rate: write 9600");
            FrameFormat format = FrameFormat.EightNoneOne;
            if (words.Count == 5 && !FrameFormatText.TryParse(words[4].Text, out format)) throw line.Wrong(4, $"'{words[4].Text}' is not a frame format: write 8N1, or 5 to 9 bits, N, E or O, 1 or 2 stop bits");
            Claim(line, 1, pin, $"text at {baud} baud{(words.Count == 5 ? " " + words[4].Text : "")}");
            return new SendBytes(pin, null, bytes, Timeline.PicosecondsPerSecond / baud, format);
        }

        private GiveVoltage Give(StimulusLine line, Pin? pin)
        {
            try
            {
                return new GiveVoltage(pin, AnalogShape.Parse([.. line.Words.Skip(2).Select(w => w.Text)], name => ReadSamples(line, name)));
            }
            catch (AnalogShapeException e)
            {
                throw line.Wrong(2 + e.Word, e.Message);
            }
            catch (FormatException e)
            {
                throw line.Wrong(3, e.Message);
            }
        }

        private string ReadSamples(StimulusLine line, string name)
        {
            string path = Beside(name);
            try
            {
                return File.ReadAllText(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unreadable(line, 3, path, e);
            }
        }

        private string Beside(string name) => Path.Combine(Path.GetDirectoryName(fileName) ?? "", name);

        private static StimulusFormatException Unreadable(StimulusLine line, int word, string path, Exception e) =>
            line.Wrong(word, $"{path}: {(File.Exists(path) || Directory.Exists(path) ? $"cannot be read: {e.Message}" : "no such file")}");

        private ReplayCapture Replay(StimulusLine line)
        {
            IReadOnlyList<StimulusWord> words = line.Words;
            if (words.Count < 4) throw line.Wrong(words.Count, "vcd needs a file and the pins it drives, as in '0 vcd capture.vcd PORTC.PIN0=D0'");
            var pins = new List<Pin>();
            var wires = new List<string>();
            for (int i = 3; i < words.Count; i++)
            {
                string[] both = words[i].Text.Split('=', 2);
                pins.Add(Claim(line, i, Pin(line, i, both[0]), Levels));
                wires.Add(both.Length > 1 ? both[1] : pins[^1].Name);
            }

            string path = Beside(words[2].Text);
            try
            {
                using var reader = new StreamReader(path);
                return new ReplayCapture(VcdCapture.Read(reader, path, [.. wires]), pins);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unreadable(line, 2, path, e);
            }
        }
    }
}
