using System.Text;
using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.Memory;
using Xmega.Signals;
using Xmega.Workbench.Running;

namespace Xmega.Testing;

/// <summary>What makes the firmware run, and what is expected of it.</summary>
public sealed partial class FirmwareTest
{
    private const int ReturnTrap = ProgramMemory.Size - 2; // the last word of flash
    private const int FirstArgument = 26; // arguments go down from R25
    private const int LastArgument = 8;   // to R8; what is left over goes to the stack
    private const int FirstResult = 18;
    private const int LastCharacters = 80; // of what a USART sent, in the message of a failure

    /// <summary>Runs for a time, whatever happens.</summary>
    /// <param name="time">The time.</param>
    /// <returns>This bench.</returns>
    public FirmwareTest RunFor(string time)
    {
        _awaited = null;
        RunTo(Parse(time));
        return this;
    }

    /// <summary>Runs until a signal takes a value.</summary>
    /// <param name="signal">As in <c>PORTD.PIN3</c>, <c>TCC0.OVF</c>, <c>PMIC.TCC0_OVF</c>; or a register, bit field or variable as for <see cref="Observe"/>.</param>
    /// <param name="value">The value; null for any change.</param>
    /// <param name="within">How long to wait.</param>
    /// <returns>This bench, at that moment.</returns>
    /// <exception cref="FirmwareTestException">It did not within that time.</exception>
    public FirmwareTest RunUntil(string signal, long? value = null, string within = "1s")
    {
        Signal found = FindSignal(signal);
        Watch(found.Name);
        return Await((s, v) => s == found && (value is null || v == value), within, $"{found.Name}{(value is null ? " to change" : $" = {value}")}");
    }

    /// <summary>Runs until a USART has sent a text, from now on.</summary>
    /// <param name="text">The text.</param>
    /// <param name="usart">As in <c>USARTC0</c>.</param>
    /// <param name="within">How long to wait.</param>
    /// <returns>This bench, at the last character's start bit.</returns>
    /// <exception cref="FirmwareTestException">It did not within that time.</exception>
    public FirmwareTest RunUntilText(string text, string usart = "USARTC0", string within = "1s")
    {
        int from = Text(usart).Length;
        return Await((s, _) => s.Name.StartsWith(usart, StringComparison.Ordinal) && Text(usart).AsSpan(from).Contains(text, StringComparison.Ordinal), within, $"{Quoted(text)} from {usart}");
    }

    /// <summary>Runs until a function is about to execute.</summary>
    /// <param name="name">Its name in the source.</param>
    /// <param name="within">How long to wait.</param>
    /// <returns>This bench, before its first instruction.</returns>
    /// <exception cref="FirmwareTestException">It was not reached within that time.</exception>
    public FirmwareTest RunUntilFunction(string name, string within = "1s")
    {
        int address = (int)Symbol(name, SymbolSpace.Code).Address;
        _awaited = null;
        StepUntil(() => Chip.ProgramCounter == address, within, $"{name}() to be reached");
        return this;
    }

    /// <summary>
    /// Calls a function as avr-gcc's code would, and comes back: the program, its registers and its stack are afterwards
    /// where they were, memory and modules as the function left them.
    /// </summary>
    /// <param name="name">Its name in the source; it must not be static and inlined everywhere.</param>
    /// <param name="arguments">Its arguments in the sizes of the C types: <c>byte</c> for <c>uint8_t</c>, <c>short</c> for <c>int</c>, <c>int</c> for <c>long</c> and <c>int32_t</c>, <c>float</c> for <c>float</c> and <c>double</c>; as many as fit into R25–R8.</param>
    /// <returns>Its result and its cost.</returns>
    /// <exception cref="FirmwareTestException">It did not return within a second.</exception>
    public CallResult Call(string name, params ReadOnlySpan<object> arguments)
    {
        int function = (int)Symbol(name, SymbolSpace.Code).Address;
        byte[] registers = [.. Enumerable.Range(0, 32).Select(Chip.Register)];
        int counter = Chip.ProgramCounter;
        (ushort stack, byte status) = (Chip.StackPointer, Chip.StatusRegister);

        int next = FirstArgument;
        foreach (object argument in arguments)
        {
            byte[] bytes = BytesOf(argument);
            next -= (bytes.Length + 1) & ~1;
            if (next < LastArgument) throw new ArgumentException($"the arguments of {name} do not fit into R25-R8: the rest would go to the stack, which Call does not do", nameof(arguments));
            for (int n = 0; n < bytes.Length; n++) Chip.SetRegister(next + n, bytes[n]);
        }

        Chip.SetRegister(1, 0); // avr-gcc's zero
        int trap = ReturnTrap / 2;
        for (int n = 0; n < 3; n++, trap >>= 8) Chip.Data.Write(Chip.StackPointer--, (byte)trap);
        Chip.ProgramCounter = function;
        long start = Chip.Cycle;
        _awaited = null;
        StepUntil(() => Chip.ProgramCounter == ReturnTrap, "1s", $"{name}() to return");
        ulong bits = 0;
        for (int n = 7; n >= 0; n--) bits = (bits << 8) | Chip.Register(FirstResult + n);
        var result = new CallResult(bits, Chip.Cycle - start);

        for (int n = 0; n < registers.Length; n++) Chip.SetRegister(n, registers[n]);
        (Chip.ProgramCounter, Chip.StackPointer, Chip.StatusRegister) = (counter, stack, status);
        return result;
    }

    /// <summary>Fails unless something holds now.</summary>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="expectation">What is expected, for the message.</param>
    /// <returns>This bench.</returns>
    /// <exception cref="FirmwareTestException">It does not hold.</exception>
    public FirmwareTest Expect(bool holds, string expectation) => holds ? this : throw Failure($"expected {expectation}");

    /// <summary>Fails unless a signal has a value now.</summary>
    /// <param name="signal">As in <c>PORTD.PIN3</c>, or any other name as for <see cref="Value"/>.</param>
    /// <param name="value">The value.</param>
    /// <returns>This bench.</returns>
    /// <exception cref="FirmwareTestException">It has another one.</exception>
    public FirmwareTest ExpectSignal(string signal, long value)
    {
        Signal found = FindSignal(signal);
        return Expect(found.Value == value, $"{found.Name} = {value}, but it is {found.Value}");
    }

    /// <summary>Fails if the emulator remarked on something the firmware did wrong.</summary>
    /// <returns>This bench.</returns>
    /// <exception cref="FirmwareTestException">It did.</exception>
    public FirmwareTest ExpectNoDiagnostics() => Expect(Chip.Diagnostics.All.Count == 0, $"no diagnostics, but: {string.Join("; ", Chip.Diagnostics.All.Select(d => d.Message))}");

    /// <summary>Fails if the stack has grown below an address since reset.</summary>
    /// <param name="bytes">Bytes of stack that may be in use at most.</param>
    /// <returns>This bench.</returns>
    /// <exception cref="FirmwareTestException">More were in use.</exception>
    public FirmwareTest ExpectStackAtMost(int bytes)
    {
        int used = DataSpace.SramStart + DataSpace.SramSize - 1 - Chip.StackLowest;
        return Expect(used <= bytes, $"at most {bytes} bytes of stack, but {used} were in use");
    }

    /// <summary>How often an interrupt was taken since reset.</summary>
    /// <param name="name">The vector, as in <c>TCC0_OVF</c>.</param>
    /// <returns>How often.</returns>
    public long Interrupts(string name) =>
        (Chip.Interrupts.Lines.FirstOrDefault(l => l.Name == name) ?? throw new ArgumentException($"the ATxmega128A1 has no interrupt {name}", nameof(name))).Count;

    /// <summary>Fails unless an interrupt was taken a number of times since reset.</summary>
    /// <param name="name">The vector, as in <c>TCC0_OVF</c>.</param>
    /// <param name="times">How often.</param>
    /// <returns>This bench.</returns>
    /// <exception cref="FirmwareTestException">It was taken more or less often.</exception>
    public FirmwareTest ExpectInterrupts(string name, long times)
    {
        long count = Interrupts(name);
        return Expect(count == times, $"{times} interrupts {name}, but {count} were taken");
    }

    private static byte[] BytesOf(object argument) => argument switch
    {
        byte b => [b],
        sbyte b => [(byte)b],
        bool b => [b ? (byte)1 : (byte)0],
        char c => [(byte)c],
        short n => BitConverter.GetBytes(n),
        ushort n => BitConverter.GetBytes(n),
        int n => BitConverter.GetBytes(n),
        uint n => BitConverter.GetBytes(n),
        long n => BitConverter.GetBytes(n),
        ulong n => BitConverter.GetBytes(n),
        float f => BitConverter.GetBytes(f),
        _ => throw new ArgumentException($"an argument of type {argument.GetType().Name} has no size in avr-gcc's calls: use byte, short, int, long or float"),
    };

    private FirmwareTest Await(Func<Signal, long, bool> awaited, string within, string what)
    {
        (_awaited, _came) = (awaited, false);
        RunTo(Parse(within));
        _awaited = null;
        return _came ? this : throw Failure($"expected {what} within {within}, and it did not come");
    }

    private void RunTo(EmulatedTime span)
    {
        BookLimit(span);
        CpuStop stop = RunChip();
        _limit.Cancel();
        if (stop != CpuStop.Requested && !_came) throw Failure($"the firmware ended ({stop})");
    }

    // Nobody tells of registers and variables: they are looked at after each step.
    private Sampler? FindSampler() => Chip.Signals.SampledAndWatched.Any() ? new Sampler(Chip) : null;

    private CpuStop RunChip()
    {
        if (FindSampler() is not { } sampler) return Chip.Run();
        while (true)
            if (Step(sampler) is { } stop) return stop;
    }

    private CpuStop? Step(Sampler? sampler)
    {
        long start = Chip.Cycle;
        CpuStop? stop = Chip.Step();
        if (Chip.Cycle != start) sampler?.Look(start, Chip.Cycle);
        return stop;
    }

    private void StepUntil(Func<bool> reached, string within, string what)
    {
        BookLimit(Parse(within));
        Sampler? sampler = FindSampler();
        while (!reached())
        {
            CpuStop? stop = Step(sampler);
            if (_timedOut || stop is not null) throw Failure($"expected {what} within {within}, and it did not come{(stop is null or CpuStop.Requested ? "" : $": the firmware ended ({stop})")}");
        }

        _limit.Cancel();
    }

    private void BookLimit(EmulatedTime span)
    {
        _timedOut = false;
        if (span.InCycles) _limit.Book(Chip.Cycle + span.Amount);
        else Chip.Timeline.Book(_limit, Picoseconds + span.Amount);
    }

    private FirmwareTestException Failure(string what)
    {
        _limit.Cancel();
        _recorder?.Dispose();
        _recorder = null;
        var message = new StringBuilder(what);
        uint pc = (uint)Chip.ProgramCounter;
        message.Append($"\n  at {EmulatedTime.Format(Picoseconds)}, cycle {Chip.Cycle}, PC 0x{pc:X5}");
        if (Firmware.FunctionAt(pc) is { } function) message.Append($" in {function}");
        if (Firmware.Lines.Find(pc) is { } line) message.Append($" ({line})");
        if (Chip.IsAsleep) message.Append(", asleep");
        foreach (Diagnostic diagnostic in Chip.Diagnostics.All) message.Append($"\n  diagnostic at cycle {diagnostic.Cycle}: {diagnostic.Message}");
        foreach ((string usart, StringBuilder sent) in _sent) message.Append($"\n  {usart} sent {(sent.Length > LastCharacters ? "…" : "")}{Quoted(sent.ToString(Math.Max(0, sent.Length - LastCharacters), Math.Min(sent.Length, LastCharacters)))}");
        string[] events = [.. _log.Lines()];
        message.Append(events.Length == 0 ? "\n  nothing happened on the watched signals" : "\n  last events (cycle, signal, value):");
        foreach (string happening in events) message.Append($"\n{happening}");
        if (_waveform is not null) message.Append($"\n  waveform: {_waveform}");
        return new FirmwareTestException(message.ToString());
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            quoted.Append(c switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '"' or '\\' => $"\\{c}",
                < ' ' or >= '\x7F' => $"\\x{(int)c:X2}",
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
