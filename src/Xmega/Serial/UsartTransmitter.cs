using Xmega.Dma;
using Xmega.Interrupts;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Serial;

/// <summary>
/// The transmitter of a USART (8077I 21.6): one write buffer (TXB) and the shift register. It books only the cycles in
/// which its line changes and the end of the frame, not every bit.
/// </summary>
/// <remarks>
/// A frame after idle starts at the next sample tick after the write of DATA: the bit clock starts with the frame
/// (unverified; if it ran freely the frame would start up to one bit later). Format and CLK2X hold for a whole frame as
/// they are at its start; a change during a frame takes effect at the next one (unverified).
/// </remarks>
internal sealed class UsartTransmitter
{
    private readonly Schedule _schedule;
    private readonly BaudGenerator _baud;
    private readonly PinOverride _txd;
    private readonly Signal _sentSignal;
    private readonly InterruptLine _dataRegisterEmpty;
    private readonly DmaRequestLine _request;
    private readonly InterruptLine _complete;
    private readonly ScheduledAction _step;
    private readonly Action _wentOff;
    private FrameFormat _frameFormat = FrameFormat.EightNoneOne;
    private bool _enabled;
    private bool _bufferFull;
    private int _buffer;
    private bool _starting; // the frame in TXB begins at _startTick
    private bool _shifting;
    private int _frame;
    private int _place;
    private long _startTick;
    private int _ticksPerBit;
    private int _lastSent;

    public UsartTransmitter(ChipServices services, UsartFacts facts, BaudGenerator baud, PinOverride txd, Action wentOff)
    {
        _schedule = services.Schedule;
        _baud = baud;
        _txd = txd;
        _wentOff = wentOff;
        _dataRegisterEmpty = services.Interrupts.Connect(facts.Vector0 + 1, $"{facts.Name}_DRE", null);
        _request = services.DmaRequests.Add($"{facts.Name}_DRE", facts.DmaCode + 1);
        _complete = services.Interrupts.Connect(facts.Vector0 + 2, $"{facts.Name}_TXC", ClearComplete);
        _step = services.Schedule.Create($"{facts.Name}.TX", Phase.Module, Step);
        _sentSignal = services.Signals.Add($"{facts.Name}.TX", SignalKind.Event, 9, "character sent, in the cycle in which its start bit begins", () => _lastSent);
    }

    /// <summary>Gets or sets the format of the frames to come.</summary>
    public FrameFormat Format { get; set; }

    /// <summary>Gets or sets a value indicating whether there is a bit clock: in asynchronous mode.</summary>
    public bool IsClocked { get; set; }

    /// <summary>Gets a value indicating whether the transmitter is on: since TXEN was set, until TXEN is clear and everything is sent.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Gets DREIF: TXB can take a character.</summary>
    public bool IsDataRegisterEmpty => !_bufferFull;

    /// <summary>Gets TXCIF: everything has been sent, and the flag not cleared since.</summary>
    public bool IsComplete => _complete.IsRequested;

    /// <summary>Gets the cycle at which everything will have been sent; the current one when nothing is under way.</summary>
    public long IdleCycle
    {
        get
        {
            if (!_starting && !_shifting) return _schedule.Now;
            long tick = _shifting ? EndTick : _startTick;
            return _baud.CycleOf(_bufferFull ? tick + (Format.Length * _baud.TicksPerBit) : tick);
        }
    }

    /// <summary>TXEN. Off takes effect when the shift register and TXB are empty; then the pin is the port's again.</summary>
    public void Enable(bool enabled)
    {
        _enabled = enabled;
        if (enabled && !IsOn)
        {
            IsOn = true;
            _txd.SetValue(true); // idle
        }

        TryStart();
        if (!enabled && IsOn && !_shifting && !_bufferFull) SwitchOff();
    }

    /// <summary>A write of DATA; ignored while TXB is full.</summary>
    /// <param name="character">The character with TXB8.</param>
    public void Write(int character)
    {
        if (_bufferFull) return;
        _buffer = character;
        _bufferFull = true;
        _dataRegisterEmpty.IsRequested = _request.IsRequested = false;
        TryStart();
    }

    public void SetLevels(int dataRegisterEmpty, int complete)
    {
        _dataRegisterEmpty.Level = dataRegisterEmpty;
        _complete.Level = complete;
    }

    public void ClearComplete() => _complete.IsRequested = false;

    /// <summary>Begins what waits in TXB, if it can begin.</summary>
    public void TryStart()
    {
        if (!IsOn || !IsClocked || !_bufferFull || _shifting || _starting) return;
        _starting = true;
        _startTick = _baud.FirstTickFrom(_schedule.Now + 1);
        BookNext();
    }

    /// <summary>Moves what is booked after the baud rate changed, or the clock stopped or went on.</summary>
    public void BaudChanged()
    {
        if (_starting || _shifting) BookNext();
    }

    public void Reset()
    {
        _step.Cancel();
        IsOn = _enabled = _bufferFull = _starting = _shifting = false;
        _buffer = _frame = _place = _lastSent = 0;
        _txd.SetValue(null);
        _dataRegisterEmpty.IsRequested = _request.IsRequested = true;
        _complete.IsRequested = false;
    }

    public void State(StateStream s)
    {
        bool on = IsOn;
        bool complete = _complete.IsRequested;
        s.Value(ref on);
        s.Value(ref complete);
        s.Value(ref _enabled);
        s.Value(ref _bufferFull);
        s.Value(ref _buffer);
        s.Value(ref _starting);
        s.Value(ref _shifting);
        s.Value(ref _frame);
        s.Value(ref _place);
        s.Value(ref _startTick);
        s.Value(ref _ticksPerBit);
        s.Value(ref _lastSent);
        _frameFormat = _frameFormat.Carry(s);
        s.Value(_step);
        if (!s.IsRestoring) return;
        IsOn = on;
        _complete.IsRequested = complete;
        _dataRegisterEmpty.IsRequested = _request.IsRequested = !_bufferFull;
        _txd.SetValue(IsOn ? LineLevel : null);
    }

    private bool LineLevel => !_shifting || ((_frame >> _place) & 1) != 0;

    private long EndTick => _startTick + (_frameFormat.Length * _ticksPerBit);

    private void Step()
    {
        if (!_shifting)
        {
            Load();
            return;
        }

        _place = _frameFormat.NextChange(_frame, _place);
        if (_place < _frameFormat.Length)
        {
            _txd.SetValue(LineLevel);
            BookNext();
            return;
        }

        // Frames that wait in TXB follow without a gap.
        _startTick = EndTick;
        _shifting = false;
        if (_bufferFull && IsClocked)
        {
            Load();
            return;
        }

        if (_bufferFull) return;
        _complete.IsRequested = true;
        if (!_enabled) SwitchOff();
    }

    // TXB moves to the shift register, which is empty: the start bit begins.
    private void Load()
    {
        _frameFormat = Format;
        _ticksPerBit = _baud.TicksPerBit;
        _frame = Format.Encode(_buffer);
        _lastSent = _buffer & Format.CharacterMask;
        _place = 0;
        _shifting = true;
        _starting = _bufferFull = false;
        _txd.SetValue(LineLevel);
        _dataRegisterEmpty.IsRequested = _request.IsRequested = true;
        if (_sentSignal.IsWatched) _sentSignal.Changed(_lastSent);
        BookNext();
    }

    private void BookNext()
    {
        int place = _shifting ? _frameFormat.NextChange(_frame, _place) : 0;
        _step.Book(_baud.CycleOf(_startTick + (place * _ticksPerBit)));
    }

    private void SwitchOff()
    {
        IsOn = false;
        _txd.SetValue(null);
        _wentOff();
    }
}
