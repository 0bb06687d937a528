using Xmega.Dma;
using Xmega.Electrical;
using Xmega.Events;
using Xmega.Interrupts;
using Xmega.Signals;
using Xmega.State;

namespace Xmega.Analog;

/// <summary>
/// One of the four channels of an ADC (8077I 25.15): input selection, result, and the ways out of it: flag and interrupt,
/// event, DMA request.
/// </summary>
internal sealed class AdcChannel
{
    public const int CTRL = 0;
    public const int MUXCTRL = 1;
    public const int INTCTRL = 2;
    public const int INTFLAGS = 3;
    public const int RESL = 4;
    public const int RESH = 5;

    public const byte START = 0x80;     // start a conversion
    public const byte GAIN = 0x1C;      // 2^n; in use with INPUTMODE = DIFFWGAIN
    public const byte INPUTMODE = 0x03;
    public const byte MUXPOS = 0x78;    // MUXINT in internal mode
    public const byte MUXNEG = 0x03;
    public const byte INTMODE = 0x0C;   // what sets the flag
    public const byte INTLVL = 0x03;    // interrupt level
    public const byte CHIF = 0x01;      // channel flag

    public const byte INTERNAL = 0x00;
    public const byte SINGLEENDED = 0x01;
    public const byte DIFF = 0x02;
    public const byte DIFFWGAIN = 0x03;

    private const byte BELOW = 0x04;
    private const byte ABOVE = 0x0C;

    private const int GainPosition = 2;
    private const int MuxPosition = 3;
    private const int HighestGain = 6; // 64 times; 7 is reserved
    private const int Bandgap = 1;     // of MUXINT
    private const int Temperature = 0;

    private readonly AdcInputs _inputs;
    private readonly InterruptLine _line;
    private readonly EventSource _event;
    private readonly DmaRequestLine _request;
    private readonly Action _requestChanged;
    private readonly Signal _signal;
    private readonly Signal _sampleSignal;
    private byte _ctrl;
    private byte _muxctrl;
    private byte _intctrl;
    private bool _flag;
    private bool _halfRead; // the low byte of this result was read, and the request withdrawn by that
    private ushort _result;

    /// <summary>Initializes a new instance of the <see cref="AdcChannel"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="facts">The ADC.</param>
    /// <param name="number">Channel number 0–3.</param>
    /// <param name="inputs">What the multiplexers choose from.</param>
    /// <param name="requestChanged">Called when the DMA request rises or falls.</param>
    public AdcChannel(ChipServices services, AdcFacts facts, int number, AdcInputs inputs, Action requestChanged)
    {
        _inputs = inputs;
        _requestChanged = requestChanged;
        string name = $"{facts.Name}_CH{number}";
        _line = services.Interrupts.Connect(facts.Vector + number, name, () => IsFlagged = false);
        _event = services.Events.Connect(facts.EventCode + number, name);
        _request = services.DmaRequests.Add(name, facts.DmaCode + number);
        _signal = services.Signals.Add($"{facts.Name}.CH{number}", SignalKind.Event, 16, "conversion done, with the result as RES shows it", static () => 0);
        services.Signals.Add($"{facts.Name}.CH{number}.RES", SignalKind.Bus, 16, "result register", () => _result);
        _sampleSignal = services.Signals.Add($"{facts.Name}.CH{number}.SAMPLE", SignalKind.Event, 32, "input sampled, with positive minus negative input in microvolts", static () => 0);
    }

    /// <summary>Gets or sets a value indicating whether CHIF is set.</summary>
    public bool IsFlagged
    {
        get => _flag;
        set => _line.IsRequested = _flag = value;
    }

    /// <summary>Gets a value indicating whether there is a result that has not been read.</summary>
    public bool IsRequesting => _request.IsRequested;

    /// <summary>Gets RES.</summary>
    public ushort Result => _result;

    /// <summary>Gets INPUTMODE.</summary>
    public byte InputMode => (byte)(_ctrl & INPUTMODE);

    /// <summary>Gets a value indicating whether GAIN names a gain.</summary>
    public bool HasValidGain => (_ctrl & GAIN) >> GainPosition <= HighestGain;

    /// <summary>Gets the gain, 1–64.</summary>
    public int Gain => 1 << Math.Min((_ctrl & GAIN) >> GainPosition, HighestGain);

    /// <summary>Gets MUXPOS or MUXINT.</summary>
    public int PositiveInput => (_muxctrl & MUXPOS) >> MuxPosition;

    /// <summary>Gets a value indicating whether the temperature sensor is selected.</summary>
    public bool MeasuresTemperature => InputMode == INTERNAL && PositiveInput == Temperature;

    /// <summary>Gets a value indicating whether the bandgap is selected.</summary>
    public bool MeasuresBandgap => InputMode == INTERNAL && PositiveInput == Bandgap;

    /// <summary>Gets a value indicating whether the DAC is selected and its internal output is off.</summary>
    public bool MeasuresSilentDac => InputMode == INTERNAL && PositiveInput < _inputs.Internal.Length && _inputs.Internal[PositiveInput] is DacInternalOutput { IsOn: false };

    /// <summary>Gets a value indicating whether the multiplexer is set to an input that the part has.</summary>
    public bool HasInput => PositiveInput < (InputMode == INTERNAL ? _inputs.Internal.Length : _inputs.Pins.Length);

    /// <summary>Looks at a register.</summary>
    /// <param name="offset">Bytes from the channel's first register.</param>
    public byte Peek(int offset) => offset switch
    {
        CTRL => _ctrl,
        MUXCTRL => _muxctrl,
        INTCTRL => _intctrl,
        INTFLAGS => _flag ? CHIF : (byte)0,
        RESL => (byte)_result,
        RESH => (byte)(_result >> 8),
        _ => 0,
    };

    /// <summary>Writes a register; START is the ADC's.</summary>
    /// <param name="offset">Bytes from the channel's first register.</param>
    /// <param name="value">The value.</param>
    public void Write(int offset, byte value)
    {
        switch (offset)
        {
            case CTRL:
                _ctrl = (byte)(value & ~START);
                break;
            case MUXCTRL:
                _muxctrl = value;
                break;
            case INTCTRL:
                _intctrl = value;
                _line.Level = value & INTLVL;
                break;
            case INTFLAGS when (value & CHIF) != 0:
                IsFlagged = false;
                break;
        }
    }

    /// <summary>The voltages between which the input measures, now.</summary>
    /// <param name="time">Picoseconds since power-on.</param>
    /// <param name="signed">CONVMODE: with a negative input.</param>
    /// <returns>Positive minus negative input in microvolts; without a negative input against ground.</returns>
    public long Sample(long time, bool signed)
    {
        int positive = PositiveInput;
        IVoltage[] from = InputMode == INTERNAL ? _inputs.Internal : _inputs.Pins;
        long volts = positive < from.Length ? from[positive].At(time) : 0;
        int negative = _muxctrl & MUXNEG;
        if (signed && InputMode == DIFF) volts -= _inputs.Pins[negative].At(time);
        if (signed && InputMode == DIFFWGAIN) volts -= _inputs.Pins[4 + negative].At(time);
        if (_sampleSignal.IsWatched) _sampleSignal.Changed(volts);
        return volts;
    }

    /// <summary>A conversion is done: the new result shows, and what is to follow from it follows.</summary>
    /// <param name="result">The result in the format of RES.</param>
    /// <param name="compare">CMP.</param>
    /// <param name="signed">Whether both are signed.</param>
    public void Complete(ushort result, ushort compare, bool signed)
    {
        _result = result;
        _halfRead = false;
        if (_signal.IsWatched) _signal.Changed(result);
        if (Holds(signed ? (short)result : result, signed ? (short)compare : compare))
        {
            IsFlagged = true;
            _event.Raise();
        }

        Request(true);
    }

    /// <summary>A byte of the result was read. Either byte serves the DMA request: a transfer may take just one.</summary>
    /// <param name="high">Whether it was the high byte.</param>
    public void ResultRead(bool high)
    {
        bool second = high && _halfRead;
        _halfRead = !high;
        if (!second) Request(false);
    }

    public void Reset()
    {
        _ctrl = _muxctrl = _intctrl = 0;
        _result = 0;
        _halfRead = false;
        IsFlagged = false;
        _line.Level = 0;
        Request(false);
    }

    public void State(StateStream s)
    {
        bool requesting = _request.IsRequested;
        s.Value(ref _ctrl);
        s.Value(ref _muxctrl);
        s.Value(ref _intctrl);
        s.Value(ref _flag);
        s.Value(ref _halfRead);
        s.Value(ref _result);
        s.Value(ref requesting);
        if (!s.IsRestoring) return;
        _line.Level = _intctrl & INTLVL;
        IsFlagged = _flag;
        _request.IsRequested = requesting;
    }

    private void Request(bool on)
    {
        if (_request.IsRequested == on) return;
        _request.IsRequested = on;
        _requestChanged();
    }

    // The reserved mode, 2, is as COMPLETE (unverified).
    private bool Holds(int result, int compare) => (_intctrl & INTMODE) switch
    {
        BELOW => result < compare,
        ABOVE => result > compare,
        _ => true,
    };
}
