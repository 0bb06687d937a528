using Xmega.Dma;
using Xmega.Interrupts;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Serial;

/// <summary>
/// The receiver of a USART (8077I 21.7, 21.8): finds the start bit on the line, decides every bit by the majority of
/// its three middle samples, and keeps characters in a buffer of two with a third waiting in the shift register.
/// </summary>
/// <remarks>
/// It samples the line at every tick of the baud generator, through the pin synchroniser: a sample sees the changes up
/// to <see cref="Latency.PinSynchroniser"/> cycles before. The samples are not taken one by one: between two changes of
/// the line all of them are equal, so a change (and the end of the frame, which is the one thing booked) deals with all
/// samples before it. Sample 1 of a start bit is the first low one after a high one; samples 8, 9, 10 (4, 5, 6 with
/// CLK2X) decide; a start bit found high is dropped and the search goes on behind it.
/// </remarks>
internal sealed class UsartReceiver
{
    /// <summary>The character of an entry and of the signal's value.</summary>
    public const int Character = 0x1FF;

    /// <summary>Parity error, in an entry and in the signal's value.</summary>
    public const int ParityError = 0x200;

    /// <summary>Framing error, in an entry and in the signal's value.</summary>
    public const int FramingError = 0x400;

    private const int AddressMark = 0x800; // MPCM: ninth bit, or first stop bit of shorter characters, is 1

    private const int BufferSize = 2;
    private const int Deciding = 3; // samples that decide a bit

    private readonly Schedule _schedule;
    private readonly BaudGenerator _baud;
    private readonly UsartInput _input;
    private readonly InterruptLine _complete;
    private readonly DmaRequestLine _request;
    private readonly Signal _receivedSignal;
    private readonly ScheduledAction _due;
    private readonly int[] _entries = new int[BufferSize + 1]; // oldest first; the last one is the shift register
    private int _count;
    private int _lastReceived;

    private bool _isTimed = true;

    private bool _level;     // the line as the samples from _tick on see it
    private long _tick;      // the next sample
    private bool _previous;  // the sample before it

    private bool _inFrame;
    private FrameFormat _format = FrameFormat.EightNoneOne;
    private int _ticksPerBit = 16;
    private long _frameTick; // sample 1 of the start bit
    private int _place;      // the bit being sampled
    private int _samples;    // how many of its deciding samples are taken
    private int _ones;       // how many of those were 1
    private int _frame;
    private bool _startReported;

    private bool _received;  // a frame is complete; _due is booked for _receivedTick to deliver it
    private long _receivedTick;
    private int _receivedEntry;

    public UsartReceiver(ChipServices services, UsartFacts facts, BaudGenerator baud, UsartInput input)
    {
        _schedule = services.Schedule;
        _baud = baud;
        _input = input;
        input.Changed = Hear;
        _complete = services.Interrupts.Connect(facts.Vector0, $"{facts.Name}_RXC", null);
        _request = services.DmaRequests.Add($"{facts.Name}_RXC", facts.DmaCode);
        _due = services.Schedule.Create($"{facts.Name}.RX", Phase.Module, Due);
        _receivedSignal = services.Signals.Add($"{facts.Name}.RX", SignalKind.Event, 11, "character received in bits 8-0, parity error in bit 9, framing error in bit 10", () => _lastReceived);
    }

    /// <summary>Gets or sets the format of the frames to come.</summary>
    public FrameFormat Format { get; set; }

    /// <summary>Gets or sets a value indicating whether only address frames are kept: MPCM.</summary>
    public bool KeepsAddressesOnly { get; set; }

    public bool IsOn { get; private set; }

    /// <summary>Gets BUFOVF: characters were lost since DATA was last read.</summary>
    public bool HasOverflowed { get; private set; }

    /// <summary>Gets the characters held and not read.</summary>
    public int Count => _count;

    /// <summary>Gets the oldest entry in the buffer; 0 when it is empty (what DATA holds then is unverified).</summary>
    public int Oldest => _count > 0 ? _entries[0] : 0;

    public void SetLevel(int level) => _complete.Level = level;

    /// <summary>Off takes effect at once: a frame under way is dropped and the buffer is flushed.</summary>
    /// <param name="on">Whether the receiver is on.</param>
    /// <param name="isTimed">Whether it samples by the baud generator; otherwise XCK says when, by <see cref="Sample"/> or <see cref="SampleBare"/>.</param>
    public void Switch(bool on, bool isTimed)
    {
        if (on && IsOn && isTimed != _isTimed) Switch(false, _isTimed);
        if (on == IsOn) return;
        IsOn = on;
        _isTimed = isTimed;
        _place = _frame = 0;
        if (on)
        {
            // The line as it is counts as the sample before the first: no start bit without an edge (unverified).
            if (!isTimed) return;
            _level = _previous = _input.Start();
            _tick = _baud.FirstTickFrom(_schedule.Now + 1);
        }
        else
        {
            _input.Stop();
            Flush();
        }
    }

    /// <summary>Takes the oldest entry out of the buffer; the character that waits in the shift register moves up.</summary>
    public void Pop()
    {
        HasOverflowed = false;
        if (_count == 0) return;
        _count--;
        for (int i = 0; i < _count; i++) _entries[i] = _entries[i + 1];
        _complete.IsRequested = _request.IsRequested = _count > 0;
    }

    /// <summary>Deals with the samples up to the current cycle: call before a setting changes.</summary>
    public void CatchUp()
    {
        if (IsOn && _isTimed) Take(_baud.FirstTickFrom(_schedule.Now + 1));
    }

    /// <summary>Books anew: call after a setting changed.</summary>
    public void SettingsChanged()
    {
        if (IsOn && _isTimed) Book();
    }

    /// <summary>One bit in synchronous mode; a 0 begins a frame.</summary>
    public void Sample(bool one)
    {
        if (!_inFrame)
        {
            if (one) return;
            _inFrame = true;
            _format = Format;
            _frame = 0;
            _place = 1;
            LoseWaiting();
            return;
        }

        if (one) _frame |= 1 << _place;
        if (_place++ < _format.StopBit) return;
        _inFrame = false;
        Deliver(EntryOf(_frame));
    }

    /// <summary>One of eight bare bits: master SPI.</summary>
    public void SampleBare(bool one, bool lowestFirst)
    {
        if (_place == 0)
        {
            LoseWaiting();
            _frame = 0;
        }

        if (one) _frame |= lowestFirst ? 1 << _place : 0x80 >> _place;
        if (++_place < 8) return;
        _place = 0;
        Deliver(_frame | AddressMark);
    }

    public void Reset()
    {
        Switch(false, true);
        Flush();
        KeepsAddressesOnly = false;
        _lastReceived = 0;
    }

    public void State(StateStream s)
    {
        bool on = IsOn;
        bool overflowed = HasOverflowed;
        s.Value(ref on);
        s.Value(ref overflowed);
        foreach (ref int entry in _entries.AsSpan()) s.Value(ref entry);
        s.Value(ref _count);
        s.Value(ref _lastReceived);
        s.Value(ref _level);
        s.Value(ref _tick);
        s.Value(ref _previous);
        s.Value(ref _inFrame);
        _format = _format.Carry(s);
        s.Value(ref _ticksPerBit);
        s.Value(ref _frameTick);
        s.Value(ref _place);
        s.Value(ref _samples);
        s.Value(ref _ones);
        s.Value(ref _frame);
        s.Value(ref _startReported);
        s.Value(ref _received);
        s.Value(ref _receivedTick);
        s.Value(ref _receivedEntry);
        s.Value(_due);
        s.Value(ref _isTimed);
        if (!s.IsRestoring) return;
        IsOn = on;
        HasOverflowed = overflowed;
        _complete.IsRequested = _request.IsRequested = _count > 0;
    }

    // The line changed for the samples from a cycle on.
    private void Hear(bool level, int later)
    {
        if (level == _level || !IsOn) return;
        Take(_baud.FirstTickFrom(_schedule.Now + later));
        _level = level;
        Book();
    }

    // Deciding samples are the middle three of a bit: 8, 9, 10 of 16 or 4, 5, 6 of 8, counted from 1.
    private static int FirstDeciding(int ticksPerBit) => (ticksPerBit / 2) - 1;

    // The samples before a tick: all of them see the line at the level it has had since the last change.
    private void Take(long end)
    {
        while (_tick < end)
        {
            if (!_inFrame)
            {
                if (_previous && !_level) Begin();
                else Skip(end);
                continue;
            }

            long deciding = _frameTick + (_place * _ticksPerBit) + FirstDeciding(_ticksPerBit) + _samples;
            if (deciding >= end)
            {
                Skip(end);
                continue;
            }

            Skip(deciding + 1);
            if (_level) _ones++;
            if (++_samples == Deciding) Decide(deciding);
        }
    }

    private void Skip(long end)
    {
        _tick = end;
        _previous = _level;
    }

    private void Begin()
    {
        _inFrame = true;
        _format = Format;
        _ticksPerBit = _baud.TicksPerBit;
        _frameTick = _tick;
        _place = _samples = _ones = _frame = 0;
        _startReported = false;
    }

    private void Decide(long tick)
    {
        bool one = _ones > Deciding / 2;
        _samples = _ones = 0;
        if (_place == 0 && one)
        {
            _inFrame = false; // noise
            return;
        }

        if (one) _frame |= 1 << _place;
        if (_place++ < _format.StopBit) return;

        // The search for the next start bit begins with the next sample; what the frame brought is seen at its tick.
        _inFrame = false;
        _received = true;
        _receivedTick = tick;
        _receivedEntry = EntryOf(_frame);
    }

    private int EntryOf(int frame)
    {
        int entry = _format.Character(frame);
        if (_format.HasParityError(frame)) entry |= ParityError;
        if (_format.HasFramingError(frame)) entry |= FramingError;
        bool address = _format.DataBits == 9 ? (entry & 0x100) != 0 : !_format.HasFramingError(frame);
        return address ? entry | AddressMark : entry;
    }

    private void Due()
    {
        CatchUp();
        if (_received)
        {
            _received = false;
            Deliver(_receivedEntry);
        }

        if (_inFrame && _place > 0 && !_startReported)
        {
            _startReported = true;
            LoseWaiting();
        }

        Book();
    }

    private void Book()
    {
        if (_received)
        {
            _due.Book(_baud.CycleOf(_receivedTick));
            return;
        }

        bool begun = _inFrame;
        if (!begun && !(_previous && !_level))
        {
            _due.Cancel();
            return;
        }

        // While a third character waits, the next start bit matters in itself: it overruns.
        int ticksPerBit = begun ? _ticksPerBit : _baud.TicksPerBit;
        int place = _count > BufferSize && !(begun && _startReported) ? 0 : (begun ? _format : Format).StopBit;
        long last = (begun ? _frameTick : _tick) + (place * ticksPerBit) + FirstDeciding(ticksPerBit) + Deciding - 1;
        _due.Book(_baud.CycleOf(last));
    }

    private void Deliver(int entry)
    {
        if (KeepsAddressesOnly && (entry & AddressMark) == 0) return;
        entry &= Character | ParityError | FramingError;
        LoseWaiting();
        _entries[_count++] = entry;
        _complete.IsRequested = _request.IsRequested = true;
        _lastReceived = entry;
        if (_receivedSignal.IsWatched) _receivedSignal.Changed(entry);
    }

    // A new start bit needs the shift register: the character that waits there is lost. That this is when the start bit
    // is confirmed, not at its edge, is unverified.
    private void LoseWaiting()
    {
        if (_count <= BufferSize) return;
        _count = BufferSize;
        HasOverflowed = true;
    }

    private void Flush()
    {
        _due.Cancel();
        _inFrame = _received = HasOverflowed = false;
        _count = 0;
        _complete.IsRequested = _request.IsRequested = false;
    }
}
