using Xmega.Dma;
using Xmega.Interrupts;
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
    private const int BareBits = 8;

    private readonly Schedule _schedule;
    private readonly BaudGenerator _baud;
    private readonly UsartOutput _output;
    private readonly Signal _sentSignal;
    private readonly InterruptLine _dataRegisterEmpty;
    private readonly DmaRequestLine _request;
    private readonly InterruptLine _complete;
    private readonly ScheduledAction _step;
    private readonly Action _wentOff;
    private int _length = FrameFormat.EightNoneOne.Length; // of the frame under way
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

    public UsartTransmitter(ChipServices services, UsartFacts facts, BaudGenerator baud, UsartOutput output, Action wentOff)
    {
        _schedule = services.Schedule;
        _baud = baud;
        _output = output;
        _wentOff = wentOff;
        _dataRegisterEmpty = services.Interrupts.Connect(facts.Vector0 + 1, $"{facts.Name}_DRE", null);
        _request = services.DmaRequests.Add($"{facts.Name}_DRE", facts.DmaCode + 1);
        _complete = services.Interrupts.Connect(facts.Vector0 + 2, $"{facts.Name}_TXC", ClearComplete);
        _step = services.Schedule.Create($"{facts.Name}.TX", Phase.Module, Step);
        _sentSignal = services.Signals.Add($"{facts.Name}.TX", SignalKind.Event, 9, "character sent, in the cycle in which its start bit begins", () => _lastSent);
    }

    /// <summary>Gets or sets the format of the frames to come.</summary>
    public FrameFormat Format { get; set; }

    /// <summary>Gets or sets a value indicating whether the baud generator clocks the bits; otherwise XCK does, by <see cref="Load"/> and <see cref="Shift"/>. A frame under way is given up by a change.</summary>
    public bool IsTimed
    {
        get;
        set
        {
            if (field == value) return;
            field = value;
            _step.Cancel();
            _starting = _shifting = false;
            if (IsOn) _output.Show(true);
        }
    }

    /// <summary>Gets or sets a value indicating whether a frame is eight bare bits: master SPI.</summary>
    public bool IsBare { get; set; }

    /// <summary>Gets or sets a value indicating whether bare bits go lowest first: UDORD.</summary>
    public bool IsLowestFirst { get; set; }

    /// <summary>Gets a value indicating whether a character waits for the shift register, which is empty.</summary>
    public bool IsReady => IsOn && _bufferFull && !_shifting;

    /// <summary>Gets the bits still to be clocked out, of the frame under way and the one that waits.</summary>
    public int BitsLeft => (_shifting ? _length - _place : 0) + (_bufferFull ? LengthOfNext : 0);

    private int LengthOfNext => IsBare ? BareBits : Format.Length;

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
            return _baud.CycleOf(_bufferFull ? tick + (LengthOfNext * _baud.TicksPerBit) : tick);
        }
    }

    /// <summary>TXEN. Off takes effect when the shift register and TXB are empty; then the pin is the port's again.</summary>
    public void Enable(bool enabled)
    {
        _enabled = enabled;
        if (enabled && !IsOn)
        {
            IsOn = true;
            _output.Show(true); // idle
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
        if (!IsOn || !IsTimed || !_bufferFull || _shifting || _starting) return;
        _starting = true;
        _startTick = _baud.FirstTickFrom(_schedule.Now + 1);
        BookNext();
    }

    /// <summary>Moves what is booked after the baud rate changed, or the clock stopped or went on.</summary>
    public void BaudChanged()
    {
        if (_starting || (_shifting && IsTimed)) BookNext();
    }

    public void Reset()
    {
        _step.Cancel();
        IsOn = _enabled = _bufferFull = _starting = _shifting = false;
        _buffer = _frame = _place = _lastSent = 0;
        _output.Show(null);
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
        s.Value(ref _length);
        s.Value(_step);
        if (!s.IsRestoring) return;
        IsOn = on;
        _complete.IsRequested = complete;
        _dataRegisterEmpty.IsRequested = _request.IsRequested = !_bufferFull;
    }

    /// <summary>What waits moves to the shift register: an edge of XCK begins the frame.</summary>
    /// <param name="show">Whether its first bit goes to the pin at once; otherwise the first <see cref="Shift"/> brings it there.</param>
    public void Load(bool show)
    {
        _frame = IsBare ? Bare(_buffer) : Format.Encode(_buffer);
        _length = LengthOfNext;
        _lastSent = _buffer & (IsBare ? 0xFF : Format.CharacterMask);
        _place = show ? 0 : -1;
        _shifting = true;
        _starting = _bufferFull = false;
        if (!IsBare) _output.ReportUnlessDriven(); // master SPI may only want to receive
        if (show) _output.Show((_frame & 1) != 0);
        _dataRegisterEmpty.IsRequested = _request.IsRequested = true;
        if (_sentSignal.IsWatched) _sentSignal.Changed(_lastSent);
    }

    /// <summary>An edge of XCK brings the next bit to the pin.</summary>
    /// <returns>False when the frame is over.</returns>
    public bool Shift()
    {
        if (!_shifting) return false;
        if (++_place < _length)
        {
            _output.Show(((_frame >> _place) & 1) != 0);
            return true;
        }

        Finish();
        return false;
    }

    /// <summary>The frame is over: the shift register is empty.</summary>
    public void Finish()
    {
        _shifting = false;
        if (_bufferFull) return;
        _complete.IsRequested = true;
        if (!_enabled) SwitchOff();
    }

    private int Bare(int character)
    {
        if (IsLowestFirst) return character & 0xFF;
        int reversed = 0;
        for (int n = 0; n < BareBits; n++) reversed |= ((character >> n) & 1) << (BareBits - 1 - n);
        return reversed;
    }

    private long EndTick => _startTick + (_length * _ticksPerBit);

    // Where the line changes next; a pulse coder has to be told of every bit.
    private int NextPlace() => _output.IsPulsed ? _place + 1 : FrameFormat.NextChange(_frame, _place, _length);

    private void Step()
    {
        if (!_shifting)
        {
            Begin();
            return;
        }

        _place = NextPlace();
        if (_place < _length)
        {
            _output.Show(((_frame >> _place) & 1) != 0);
            BookNext();
            return;
        }

        // Frames that wait in TXB follow without a gap.
        _startTick = EndTick;
        if (_bufferFull && IsTimed) Begin();
        else Finish();
    }

    // The start bit begins.
    private void Begin()
    {
        _ticksPerBit = _baud.TicksPerBit;
        Load(true);
        BookNext();
    }

    private void BookNext() => _step.Book(_baud.CycleOf(_startTick + ((_shifting ? NextPlace() : 0) * _ticksPerBit)));

    private void SwitchOff()
    {
        IsOn = false;
        _output.Show(null);
        _wentOff();
    }
}
