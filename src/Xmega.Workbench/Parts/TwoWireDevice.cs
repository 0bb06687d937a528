using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>
/// A device on an I²C bus: it hears START, STOP and bits from the two lines, and pulls them low but never drives them
/// high.
/// </summary>
public abstract class TwoWireDevice : IPinListener, IStateful
{
    private readonly Timeline _timeline;
    private readonly Pin _sda;
    private readonly Pin _scl;
    private readonly PinDriver _sdaDriver;
    private readonly PinDriver _sclDriver;
    private readonly ScheduledAction _release;
    private Step _step;
    private bool _dataHigh;
    private bool _clockHigh;
    private int _bits;
    private int _shift;
    private bool _addressed; // the byte under way comes after the address
    private bool _sends;
    private bool _acknowledged;

    /// <summary>Initializes a new instance of the <see cref="TwoWireDevice"/> class on the bus.</summary>
    /// <param name="name">Name for people.</param>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="pins">The pins it is wired to.</param>
    protected TwoWireDevice(string name, ATxmega128A1 chip, TwoWirePins pins)
    {
        Name = name;
        chip.Attach(this);
        _timeline = chip.Timeline;
        (_sda, _scl) = (pins.Sda, pins.Scl);
        (_sdaDriver, _sclDriver) = (_sda.AddDriver(name), _scl.AddDriver(name));
        if (pins.PullsUp)
            foreach (Pin pin in new[] { _sda, _scl }) pin.AddDriver($"pull-up of {name}").Drive = PinDrive.Pull(true);
        (_dataHigh, _clockHigh) = (_sda.IsHigh, _scl.IsHigh);
        _release = chip.CreateAction(name, Phase.World, () => _sclDriver.Drive = PinDrive.None);
        foreach (Pin pin in new[] { _sda, _scl }) pin.Listen(this);
    }

    private enum Step
    {
        Idle,          // until the next START
        Receiving,     // bits come in
        Acknowledging, // our acknowledge is on the line
        Sending,       // bits go out
        Awaiting,      // the master's acknowledge is on the line
    }

    /// <summary>Gets the name for people.</summary>
    public string Name { get; }

    /// <summary>Gets or sets how long it holds SCL low after each byte, in picoseconds; 0: not at all.</summary>
    public long StretchPicoseconds { get; set; }

    /// <inheritdoc/>
    public virtual void State(StateStream s)
    {
        s.Value(ref _step);
        s.Value(ref _dataHigh);
        s.Value(ref _clockHigh);
        s.Value(ref _bits);
        s.Value(ref _shift);
        s.Value(ref _addressed);
        s.Value(ref _sends);
        s.Value(ref _acknowledged);
    }

    /// <inheritdoc/>
    public void OnPinChanged(Pin pin)
    {
        bool clock = _scl.IsHigh;
        if (clock != _clockHigh)
        {
            _clockHigh = clock;
            if (clock) Rise(_sda.IsHigh);
            else Fall();
        }

        // What was just done may have moved SDA, and been heard of already.
        bool data = _sda.IsHigh;
        if (data == _dataHigh) return;
        _dataHigh = data;
        if (!_clockHigh) return;
        if (data) Stop();
        else Start();
    }

    /// <summary>An address has come.</summary>
    /// <param name="address">The seven bits.</param>
    /// <param name="reads">Whether the master wants to read.</param>
    /// <returns>Whether it is this device's, and it answers.</returns>
    protected abstract bool Address(int address, bool reads);

    /// <summary>A byte has come.</summary>
    /// <param name="value">The byte.</param>
    /// <returns>Whether it is acknowledged.</returns>
    protected abstract bool Receive(byte value);

    /// <summary>The master reads.</summary>
    /// <returns>The next byte.</returns>
    protected abstract byte Send();

    /// <summary>The transfer ended.</summary>
    /// <param name="stop">Whether by STOP; otherwise by another START.</param>
    protected abstract void End(bool stop);

    private void Start()
    {
        End(stop: false);
        Release();
        _step = Step.Receiving;
        _addressed = false;
        _bits = _shift = 0;
    }

    private void Stop()
    {
        Release();
        _step = Step.Idle;
        End(stop: true);
    }

    private void Rise(bool data)
    {
        switch (_step)
        {
            case Step.Receiving:
                _shift = (_shift << 1) | (data ? 1 : 0);
                _bits++;
                break;
            case Step.Awaiting:
                _acknowledged = !data;
                break;
        }
    }

    private void Fall()
    {
        switch (_step)
        {
            case Step.Receiving when _bits == 8:
                TakeByte();
                break;
            case Step.Acknowledging:
                Stretch();
                Release();
                if (_sends) Load();
                else (_step, _bits, _shift) = (Step.Receiving, 0, 0);
                break;
            case Step.Sending when _bits == 8:
                Release();
                _step = Step.Awaiting;
                break;
            case Step.Sending:
                PutBit();
                break;
            case Step.Awaiting when _acknowledged:
                Stretch();
                Load();
                break;
            case Step.Awaiting:
                _step = Step.Idle; // not acknowledged: the master has read enough
                break;
        }
    }

    private void TakeByte()
    {
        bool mine = _addressed ? Receive((byte)_shift) : Address(_shift >> 1, (_shift & 1) != 0);
        if (!_addressed) _sends = mine && (_shift & 1) != 0;
        _addressed = true;
        _step = mine ? Step.Acknowledging : Step.Idle;
        if (mine) _sdaDriver.Drive = PinDrive.Strong(false);
    }

    private void Load()
    {
        _step = Step.Sending;
        _shift = Send();
        _bits = 0;
        PutBit();
    }

    private void PutBit()
    {
        bool high = (_shift & (0x80 >> _bits)) != 0;
        _bits++;
        _sdaDriver.Drive = high ? PinDrive.None : PinDrive.Strong(false);
    }

    private void Release() => _sdaDriver.Drive = PinDrive.None;

    private void Stretch()
    {
        if (StretchPicoseconds == 0) return;
        _sclDriver.Drive = PinDrive.Strong(false);
        _timeline.Book(_release, _timeline.Picoseconds + StretchPicoseconds);
    }
}

/// <summary>The pins that a device on an I²C bus is wired to.</summary>
/// <param name="Sda">Data.</param>
/// <param name="Scl">Clock.</param>
/// <param name="PullsUp">Whether the device brings pull-up resistors for both lines, as modules do.</param>
public sealed record TwoWirePins(Pin Sda, Pin Scl, bool PullsUp = true);
