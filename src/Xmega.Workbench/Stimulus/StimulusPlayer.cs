using Xmega.Ports;
using Xmega.Time;
using Xmega.Workbench.Serial;

namespace Xmega.Workbench.Stimulus;

/// <summary>Plays a stimulus on the pins of a chip, step by step, in emulated time.</summary>
public sealed class StimulusPlayer
{
    private readonly ATxmega128A1 _chip;
    private readonly IReadOnlyList<StimulusStep> _steps;
    private readonly Dictionary<Pin, PinDriver> _drivers = [];
    private readonly Dictionary<Pin, SerialTransmitter> _senders = [];
    private readonly Dictionary<StimulusCommand, VcdReplay> _replays = [];
    private readonly Stack<(int Step, long Left)> _loops = new();
    private readonly ScheduledAction _next;
    private readonly long _start;
    private long _time;
    private int _step;

    /// <summary>Initializes a new instance of the <see cref="StimulusPlayer"/> class, which begins at once.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="steps">What to do.</param>
    /// <param name="name">Who drives the pins, for reports of short circuits.</param>
    public StimulusPlayer(ATxmega128A1 chip, IReadOnlyList<StimulusStep> steps, string name)
    {
        _chip = chip;
        _steps = steps;
        foreach (StimulusCommand command in steps.Select(s => s.Command).OfType<StimulusCommand>()) Attach(command, name);
        _start = _time = chip.Timeline.PicosecondsAt(chip.Cycle);
        _next = chip.CreateAction("stimulus", Phase.World, Play);
        Play();
    }

    // Everything is on the pins before the run begins; nothing is made while it goes on.
    private void Attach(StimulusCommand command, string name)
    {
        switch (command)
        {
            case SetPin set:
                Driver(set.Pin, name);
                break;
            case GiveVoltage { Pin: { } pin }:
                Driver(pin, name);
                break;
            case SendBytes send:
                if (!_senders.ContainsKey(send.Pin)) _senders.Add(send.Pin, send.Receiver is { } usart ? new SerialTransmitter(_chip, usart) : new SerialTransmitter(_chip, send.Pin, send.BitPicoseconds, send.Format));
                break;
            case ReplayCapture replay:
                _replays.Add(replay, new VcdReplay(_chip, replay.Capture, [.. replay.Pins.Select(pin => Driver(pin, name))]));
                break;
        }
    }

    private PinDriver Driver(Pin pin, string name)
    {
        if (!_drivers.TryGetValue(pin, out PinDriver? driver)) _drivers.Add(pin, driver = pin.AddDriver(name));
        return driver;
    }

    // Does everything up to the next wait that has not passed yet.
    private void Play()
    {
        for (; _step < _steps.Count; _step++)
        {
            StimulusStep step = _steps[_step];
            switch (step.Kind)
            {
                case StimulusStepKind.Do:
                    Do(step.Command!);
                    break;
                case StimulusStepKind.Repeat:
                    _loops.Push((_step, step.Count));
                    break;
                case StimulusStepKind.End:
                    (int begin, long left) = _loops.Pop();
                    if (left <= 1) break;
                    _loops.Push((begin, left - 1));
                    _step = begin;
                    break;
                default:
                    _time = step.Kind == StimulusStepKind.WaitUntil ? _start + step.Picoseconds : _time + step.Picoseconds;
                    if (_time <= _chip.Timeline.Picoseconds) break;
                    _step++;
                    _chip.Timeline.Book(_next, _time);
                    return;
            }
        }
    }

    private void Do(StimulusCommand command)
    {
        switch (command)
        {
            case SetPin set:
                _drivers[set.Pin].Drive = set.Drive;
                break;
            case GiveVoltage { Pin: { } pin } give:
                _drivers[pin].Give(give.Shape.BeginAt(_time));
                break;
            case GiveVoltage give:
                _chip.Supply.Voltage = give.Shape.BeginAt(_time);
                break;
            case SetExternalClock clock:
                _chip.ExternalClockHertz = clock.Hertz;
                break;
            case SendBytes send:
                _senders[send.Pin].Send(send.Bytes.Span);
                break;
            case ReplayCapture replay:
                _replays[replay].Begin(_time);
                break;
        }
    }
}
