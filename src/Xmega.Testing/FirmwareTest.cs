using System.Text;
using Xmega.Firmware;
using Xmega.Ports;
using Xmega.Registers;
using Xmega.Serial;
using Xmega.Signals;
using Xmega.Time;
using Xmega.Workbench.Recording;
using Xmega.Workbench.Running;
using Xmega.Workbench.Serial;

namespace Xmega.Testing;

/// <summary>
/// A chip with a firmware on a test bench. Each <c>Run…</c> goes on where the one before ended; what does not come in time
/// fails with a <see cref="FirmwareTestException"/> that says where the firmware is and what happened last.
/// </summary>
/// <remarks>Times are emulated time as on the command line: <c>250ns</c>, <c>5ms</c>, <c>1500cycles</c>. Not for use by several threads at once; any number of benches may run side by side.</remarks>
public sealed partial class FirmwareTest : IDisposable
{
    private const string DefaultWatch = "PORT?.PIN?";
    private const int LastEvents = 20;

    private readonly SortedDictionary<string, StringBuilder> _sent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PinDriver> _drivers = [];
    private readonly Dictionary<string, SerialTransmitter> _transmitters = [];
    private readonly EventLog _log = new(LastEvents);
    private readonly HashSet<Signal> _watched = [];
    private readonly SignalHistory _history;
    private readonly List<Action<FirmwareTest>> _attached = []; // what a fork's board needs to be like this one's
    private readonly ScheduledAction _limit;
    private VcdRecorder? _recorder;
    private string? _waveform;
    private bool _timedOut;
    private Func<Signal, long, bool>? _awaited;
    private bool _came;

    private FirmwareTest(FirmwareImage firmware)
    {
        Firmware = firmware;
        Chip = new ATxmega128A1 { RunsAsleep = true };
        Chip.Load(firmware);
        _history = new SignalHistory(Chip);
        _limit = Chip.CreateAction("test", Phase.Limit, () =>
        {
            _timedOut = true;
            Chip.Stop();
        });
        _log.Changed += OnChanged;
        Watch(DefaultWatch);
        Watch("USART??.TX");
        Watch("PMIC.*");
    }

    /// <summary>Gets the chip, for whatever this class has no word for.</summary>
    public ATxmega128A1 Chip { get; }

    /// <summary>Gets the firmware.</summary>
    public FirmwareImage Firmware { get; }

    /// <summary>Gets the emulated time since power-on in picoseconds.</summary>
    public long Picoseconds => Chip.Timeline.PicosecondsAt(Chip.Cycle);

    /// <summary>Puts a firmware file on a fresh chip.</summary>
    /// <param name="path">An .elf, with symbols, or .hex file.</param>
    /// <returns>The bench, at reset.</returns>
    /// <exception cref="FirmwareFormatException">The file is no firmware for the part; the message says where.</exception>
    public static FirmwareTest Load(string path) => Load(FirmwareImage.Load(File.ReadAllBytes(path), path));

    /// <summary>Puts a firmware on a fresh chip.</summary>
    /// <param name="firmware">The firmware.</param>
    /// <returns>The bench, at reset.</returns>
    public static FirmwareTest Load(FirmwareImage firmware) => new(firmware);

    /// <summary>Keeps the last changes of more signals for the message of a failure.</summary>
    /// <param name="glob">Names as for <see cref="Observe"/>.</param>
    /// <returns>This bench.</returns>
    public FirmwareTest Watch(string glob)
    {
        foreach (Signal signal in FindAll(glob))
            if (_watched.Add(signal)) signal.Watch(_log);
        return this;
    }

    /// <summary>Records signals to a waveform from now on; it is complete when the bench is disposed, and after each failure.</summary>
    /// <param name="path">The .vcd file.</param>
    /// <param name="glob">Names as for <see cref="Observe"/>.</param>
    /// <returns>This bench.</returns>
    public FirmwareTest Record(string path, string glob = DefaultWatch)
    {
        IReadOnlyList<Signal> signals = FindAll(glob);
        _recorder?.Dispose();
        _waveform = path;
        _recorder = new VcdRecorder(Chip, signals, File.Create(path));
        return this;
    }

    /// <summary>Drives a pin high or low, from now on.</summary>
    /// <param name="pin">As in <c>PORTD.PIN3</c>.</param>
    /// <param name="high">The level.</param>
    /// <returns>This bench.</returns>
    public FirmwareTest Drive(string pin, bool high)
    {
        Driver(pin).Drive = PinDrive.Strong(high);
        return this;
    }

    /// <summary>Puts volts on a pin, from now on.</summary>
    /// <param name="pin">As in <c>PORTA.PIN0</c>.</param>
    /// <param name="volts">Volts.</param>
    /// <returns>This bench.</returns>
    public FirmwareTest Volts(string pin, double volts)
    {
        Driver(pin).Give((long)Math.Round(volts * 1e6));
        return this;
    }

    /// <summary>Drives a pin no longer.</summary>
    /// <param name="pin">As in <c>PORTD.PIN3</c>.</param>
    /// <returns>This bench.</returns>
    public FirmwareTest Release(string pin)
    {
        Driver(pin).Drive = PinDrive.None;
        return this;
    }

    /// <summary>Presses a button to ground for a while and releases it.</summary>
    /// <param name="pin">As in <c>PORTD.PIN3</c>.</param>
    /// <param name="time">How long.</param>
    /// <returns>This bench, at the moment of the release.</returns>
    public FirmwareTest Press(string pin, string time) => Drive(pin, false).RunFor(time).Release(pin);

    /// <summary>Sends a text to a receiver, at the speed it listens at, while the bench runs.</summary>
    /// <param name="usart">As in <c>USARTC0</c>.</param>
    /// <param name="text">The text, as UTF-8.</param>
    /// <returns>This bench.</returns>
    public FirmwareTest Send(string usart, string text)
    {
        Transmitter(usart).Send(Encoding.UTF8.GetBytes(text));
        return this;
    }

    /// <summary>What a USART has sent since reset.</summary>
    /// <param name="usart">As in <c>USARTC0</c>.</param>
    /// <returns>The text; bytes above 0x7F as Latin-1.</returns>
    public string Text(string usart = "USARTC0") => _sent.TryGetValue(usart, out StringBuilder? text) ? text.ToString() : "";

    /// <summary>Reads a register without any effect on the chip.</summary>
    /// <param name="name">Its datasheet name, as in <c>TCC0.CNT</c>.</param>
    /// <returns>The value; of a wide register all bytes.</returns>
    public long Register(string name)
    {
        NamedRegister register = RegisterMap.ATxmega128A1.Find(name) ?? throw new ArgumentException($"the ATxmega128A1 has no register {name}", nameof(name));
        return Memory(register.Address, register.Size);
    }

    /// <summary>Reads a variable of the firmware.</summary>
    /// <param name="name">Its name in the source; static or global.</param>
    /// <returns>The value, unsigned.</returns>
    public long Variable(string name)
    {
        FirmwareSymbol symbol = Symbol(name, SymbolSpace.Data);
        if (symbol.Size is 0 or > 8) throw new ArgumentException($"{name} has {symbol.Size} bytes: read it from Chip.Data at 0x{symbol.Address:X4}", nameof(name));
        return Memory((int)symbol.Address, (int)symbol.Size);
    }

    /// <inheritdoc/>
    public void Dispose() => _recorder?.Dispose();

    private PinDriver Driver(string pin)
    {
        if (_drivers.TryGetValue(pin, out PinDriver? driver)) return driver;
        _drivers.Add(pin, driver = FindPin(pin).AddDriver("test"));
        _attached.Add(fork => fork.Driver(pin));
        return driver;
    }

    private Pin FindPin(string pin) => Chip.FindPin(pin) ?? throw new ArgumentException($"the ATxmega128A1 has no pin {pin}; pins are named as PORTD.PIN3", nameof(pin));

    private SerialTransmitter Transmitter(string usart)
    {
        if (_transmitters.TryGetValue(usart, out SerialTransmitter? transmitter)) return transmitter;
        IUsartPort receiver = Chip.FindUsart(usart) ?? throw new ArgumentException($"the ATxmega128A1 has no USART {usart}", nameof(usart));
        _transmitters.Add(usart, transmitter = new SerialTransmitter(Chip, receiver));
        _attached.Add(fork => fork.Transmitter(usart));
        return transmitter;
    }

    private long Memory(int address, int size)
    {
        long value = 0;
        for (int n = size - 1; n >= 0; n--) value = (value << 8) | Chip.Data.Peek(address + n);
        return value;
    }

    private FirmwareSymbol Symbol(string name, SymbolSpace space)
    {
        FirmwareSymbol? symbol = Firmware.FindSymbol(name);
        if (symbol?.Space == space) return symbol;
        throw new ArgumentException($"{Firmware.FileName} has no {(space == SymbolSpace.Code ? "function" : "variable")} {name}{(Firmware.Symbols.Count == 0 ? ": it has no symbols, load the .elf" : "")}", nameof(name));
    }

    private void OnChanged(Signal signal, long value)
    {
        if (signal.Name.EndsWith(".TX", StringComparison.Ordinal) && signal.Name.StartsWith("USART", StringComparison.Ordinal))
        {
            string usart = signal.Name[..^3];
            if (!_sent.TryGetValue(usart, out StringBuilder? text)) _sent.Add(usart, text = new StringBuilder());
            text.Append((char)value);
        }

        if (_awaited is null || _came || !_awaited(signal, value)) return;
        _came = true;
        Chip.Stop();
    }

    private static EmulatedTime Parse(string time, bool orZero = false) =>
        EmulatedTime.TryParse(time, out EmulatedTime? span, orZero) ? span : throw new ArgumentException($"\"{time}\" is no time: write 250ns, 10us, 5ms, 2s or 1500cycles", nameof(time));
}
