using Xmega.Electrical;
using Xmega.Events;
using Xmega.Interrupts;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Analog;

/// <summary>
/// One of the two comparators of a pair: its inputs, its output, and what follows from an edge of it. The next crossing
/// of its inputs is known ahead, as far as these are functions of time.
/// </summary>
internal sealed class Comparator
{
    public const byte INTMODE = 0xC0; // output edges that set the flag
    public const byte INTLVL = 0x30;
    public const byte HSMODE = 0x08;  // high speed
    public const byte HYSMODE = 0x06; // hysteresis
    public const byte ENABLE = 0x01;

    public const byte BOTHEDGES = 0x00;
    public const byte RESERVED = 0x40;
    public const byte FALLING = 0x80;
    public const byte RISING = 0xC0;

    public const byte NoHysteresis = 0x00;
    public const byte SmallHysteresis = 0x02;
    public const byte LargeHysteresis = 0x04;

    private const int LevelPosition = 4;
    private const long SmallMicrovolts = 20_000; // typical (unverified)
    private const long LargeMicrovolts = 50_000; // typical (unverified)
    private const long HighSpeedDelay = 60_000;  // picoseconds from the inputs to the output, typical (unverified)
    private const long LowPowerDelay = 150_000;  // typical (unverified)

    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly Action _outputChanged;
    private readonly VoltageComparison _comparison;
    private readonly DividedVoltage _rising = new(ConstantVoltage.Ground, 1, 1);
    private readonly DividedVoltage _falling = new(ConstantVoltage.Ground, 1, 1);
    private readonly ScheduledAction _switch; // the output follows the inputs
    private readonly InterruptLine _line;
    private readonly EventSource _event;
    private readonly Signal _signal;
    private byte _ctrl;
    private bool _output;
    private bool _flag;

    /// <summary>Initializes a new instance of the <see cref="Comparator"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="facts">The pair.</param>
    /// <param name="number">Comparator number, 0 or 1.</param>
    /// <param name="outputChanged">Called when the output changed.</param>
    public Comparator(ChipServices services, AnalogComparatorFacts facts, int number, Action outputChanged)
    {
        _schedule = services.Schedule;
        _timeline = services.Timeline;
        _outputChanged = outputChanged;
        string name = $"{facts.Name}.AC{number}";
        _comparison = new VoltageComparison(services.Schedule, services.Timeline, services.Supply, $"{name} inputs", Phase.Module, FollowInputs);
        _switch = services.Schedule.Create(name, Phase.Module, Switch);
        _line = services.Interrupts.Connect(facts.Vector + number, $"{facts.Name}_AC{number}", () => IsFlagged = false);
        _event = services.Events.Connect(facts.EventCode + number, $"{facts.Name}_CH{number}");
        _signal = services.Signals.Add(name, SignalKind.Bit, 1, "output of the comparator, as STATUS shows it", () => _output ? 1 : 0);
    }

    /// <summary>Gets ACnCTRL.</summary>
    public byte Control => _ctrl;

    /// <summary>Gets a value indicating whether the comparator is enabled.</summary>
    public bool IsEnabled => (_ctrl & ENABLE) != 0;

    /// <summary>Gets a value indicating whether the output is 1: the positive input is above the negative one.</summary>
    public bool Output => _output;

    /// <summary>Gets or sets a value indicating whether ACnIF is set.</summary>
    public bool IsFlagged
    {
        get => _flag;
        set => _line.IsRequested = _flag = value;
    }

    /// <summary>Sets up what is compared, and compares. An enabled comparator that is told again goes on from its present output.</summary>
    /// <param name="control">ACnCTRL.</param>
    /// <param name="positive">The positive input.</param>
    /// <param name="negative">The negative input.</param>
    /// <param name="stopped">Whether the clock of the module stands still: the output then stays as it is.</param>
    public void Configure(byte control, IVoltage positive, IVoltage negative, bool stopped)
    {
        bool wasAbove = _comparison.IsRunning ? _comparison.IsAbove : _output;
        _ctrl = control;
        Prepare(negative);
        if (IsEnabled && !stopped)
        {
            _comparison.Start(positive, _rising, _falling, wasAbove);
            FollowInputs();
        }
        else
        {
            _comparison.Stop();
            _switch.Cancel();
            if (!IsEnabled && _output) Show(false); // which is no edge (unverified)
        }
    }

    /// <summary>One of the inputs is another voltage than before.</summary>
    public void InputMoved()
    {
        _comparison.Evaluate();
        FollowInputs();
    }

    public void Reset()
    {
        Configure(0, ConstantVoltage.Ground, ConstantVoltage.Ground, false);
        IsFlagged = false;
    }

    public void State(StateStream s)
    {
        s.Value(ref _ctrl);
        s.Value(ref _output);
        s.Value(ref _flag);
        _comparison.State(s);
        s.Value(_switch);
    }

    /// <summary>Goes on from a restored state.</summary>
    /// <param name="positive">The positive input.</param>
    /// <param name="negative">The negative input.</param>
    /// <param name="stopped">Whether the clock of the module stands still.</param>
    public void Resume(IVoltage positive, IVoltage negative, bool stopped)
    {
        Prepare(negative);
        IsFlagged = _flag;
        if (IsEnabled && !stopped) _comparison.Resume(positive, _rising, _falling);
    }

    private void Prepare(IVoltage negative)
    {
        _line.Level = (_ctrl & INTLVL) >> LevelPosition;
        _rising.Of = _falling.Of = negative;
        long hysteresis = (_ctrl & HYSMODE) switch { SmallHysteresis => SmallMicrovolts, LargeHysteresis => LargeMicrovolts, _ => 0 };
        _rising.Offset = hysteresis / 2;
        _falling.Offset = hysteresis > 0 ? -hysteresis / 2 : 1; // without hysteresis, equal is not above
    }

    // The output follows after the delay of the comparator and its synchroniser; what is over before that is not seen.
    private void FollowInputs()
    {
        if (_comparison.IsAbove == _output)
        {
            _switch.Cancel();
            return;
        }

        if (_switch.IsBooked) return;
        long delay = (_ctrl & HSMODE) != 0 ? HighSpeedDelay : LowPowerDelay;
        _switch.Book(_timeline.CycleAt(_timeline.Picoseconds + delay) + Latency.ComparatorSynchroniser);
    }

    private void Switch()
    {
        Show(!_output);
        bool edge = (_ctrl & INTMODE) switch { BOTHEDGES => true, RISING => _output, FALLING => !_output, _ => false };
        if (edge)
        {
            IsFlagged = true;
            _event.Raise();
        }
    }

    private void Show(bool output)
    {
        _output = output;
        if (_signal.IsWatched) _signal.Changed(output ? 1 : 0);
        _outputChanged();
    }
}
