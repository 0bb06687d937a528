using System.Globalization;
using System.Text;
using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Tracing;

/// <summary>What of a run is traced.</summary>
public sealed record TraceFilter
{
    /// <summary>Gets the functions by name; empty: all.</summary>
    public IReadOnlySet<string> Functions { get; init; } = new HashSet<string>();

    /// <summary>Gets the first flash byte address.</summary>
    public int FirstAddress { get; init; }

    /// <summary>Gets the last flash byte address.</summary>
    public int LastAddress { get; init; } = int.MaxValue;

    /// <summary>Gets the lines to write at most.</summary>
    public long Lines { get; init; } = long.MaxValue;
}

/// <summary>Writes a line for each instruction: cycle, address, function, instruction, and the registers it changed. Interrupts, sleep and resets have lines of their own.</summary>
public sealed class InstructionTracer : IExecutionObserver
{
    private const int TextColumn = 26;

    private readonly ATxmega128A1 _chip;
    private readonly FirmwareImage _image;
    private readonly TraceFilter _filter;
    private readonly TextWriter _output;
    private readonly Disassembler _disassembler;
    private readonly byte[] _registers = new byte[32];
    private readonly StringBuilder _line = new();
    private byte _status;
    private int _stack;
    private readonly long _firstCycle;
    private readonly long _firstPicoseconds;
    private long _written;

    /// <summary>Initializes a new instance of the <see cref="InstructionTracer"/> class.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="image">The firmware, for its symbols.</param>
    /// <param name="filter">What to write.</param>
    /// <param name="output">Where to.</param>
    public InstructionTracer(ATxmega128A1 chip, FirmwareImage image, TraceFilter filter, TextWriter output)
    {
        _chip = chip;
        _image = image;
        _filter = filter;
        _output = output;
        _disassembler = new Disassembler { CodeSymbol = address => image.FunctionAt((uint)address)?.ToString(), DataName = address => DataNames.NameOf(chip, image, address) };
        _firstCycle = chip.Cycle;
        _firstPicoseconds = chip.Timeline.PicosecondsAt(chip.Cycle);
        Remember();
    }

    /// <summary>Gets the time after the start at which the trace begins; null: at once.</summary>
    public EmulatedTime? From { get; init; }

    /// <summary>Gets the time after the start at which the trace and with it the run ends; null: never.</summary>
    public EmulatedTime? To { get; init; }

    /// <summary>Gets a value indicating whether the limit of lines ended the run.</summary>
    public bool IsTruncated => _written >= _filter.Lines;

    /// <summary>Gets a value indicating whether the trace ended the run: all that was asked for is written.</summary>
    public bool IsDone { get; private set; }

    /// <inheritdoc/>
    public void OnStep(in ExecutionStep step)
    {
        if (IsDone) return;
        if (To is { } end && Reached(end, step.Start)) IsDone = true;
        else if (Wanted(step)) Write(step);
        IsDone |= IsTruncated;
        if (IsDone) _chip.Stop();
        Remember();
    }

    private bool Reached(EmulatedTime time, long cycle) =>
        time.InCycles ? cycle - _firstCycle >= time.Amount : _chip.Timeline.PicosecondsAt(cycle) - _firstPicoseconds >= time.Amount;

    private bool Wanted(in ExecutionStep step)
    {
        if (From is { } start && !Reached(start, step.Start)) return false;
        if (step.Address < _filter.FirstAddress || step.Address > _filter.LastAddress) return false;
        return _filter.Functions.Count == 0 || (_image.FunctionAt((uint)step.Address) is { } place && _filter.Functions.Contains(place.Symbol.Name));
    }

    private void Write(in ExecutionStep step)
    {
        _written++;
        _line.Clear().Append(CultureInfo.InvariantCulture, $"{step.Start,12}  ");
        if (step.Kind == StepKind.Instruction)
        {
            string place = _image.FunctionAt((uint)step.Address)?.ToString() ?? "";
            DisassembledInstruction text = _disassembler.Format(step.Address, _chip.Program.ReadWord(step.Address / 2), _chip.Program.ReadWord((step.Address / 2) + 1));
            _line.Append(CultureInfo.InvariantCulture, $"{step.Address:X5}  {place,-24}  {text.Text,-TextColumn}  {step.Cycles}");
            Changes();
            if (text.Comment.Length > 0) _line.Append(CultureInfo.InvariantCulture, $"  ; {text.Comment}");
        }
        else
        {
            _line.Append(step.Kind switch
            {
                StepKind.InterruptEntry => string.Create(CultureInfo.InvariantCulture, $"       interrupt {step.Vector}, {step.Cycles} cycles"),
                StepKind.Sleep => string.Create(CultureInfo.InvariantCulture, $"       asleep, {step.Cycles} cycles"),
                _ => "       reset",
            });
        }

        _output.Write(_line.Append('\n'));
    }

    // r24=0A SP=3FFC SREG=itHSvnzc: only what the instruction changed.
    private void Changes()
    {
        for (int r = 0; r < 32; r++)
            if (_chip.Register(r) != _registers[r]) _line.Append(CultureInfo.InvariantCulture, $"  r{r}={_chip.Register(r):X2}");
        if (_chip.StackPointer != _stack) _line.Append(CultureInfo.InvariantCulture, $"  SP={_chip.StackPointer:X4}");
        if (_chip.StatusRegister == _status) return;
        _line.Append("  SREG=");
        for (int bit = 7; bit >= 0; bit--)
        {
            char flag = "CZNVSHTI"[bit];
            _line.Append((_chip.StatusRegister & (1 << bit)) != 0 ? flag : char.ToLowerInvariant(flag));
        }
    }

    private void Remember()
    {
        for (int r = 0; r < 32; r++) _registers[r] = _chip.Register(r);
        (_status, _stack) = (_chip.StatusRegister, _chip.StackPointer);
    }
}
