using Xmega.Dma;
using Xmega.Electrical;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.State;

namespace Xmega.Analog;

/// <summary>One of the two channels of a DAC: its data register, what it holds at its output, and where that goes.</summary>
internal sealed class DacChannel
{
    /// <summary>The highest code: VREF.</summary>
    public const int Top = 0xFFF;

    private readonly Pin _pin;
    private readonly DmaRequestLine _request;
    private readonly Signal _signal;
    private readonly DividedVoltage _output;
    private ushort _data;
    private ushort _code;      // at the output
    private bool _hasNew;      // data that no conversion has taken yet
    private bool _isTriggered; // and that may be converted

    /// <summary>Initializes a new instance of the <see cref="DacChannel"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="facts">The DAC.</param>
    /// <param name="number">Channel number, 0 or 1.</param>
    /// <param name="pin">Its output pin.</param>
    /// <param name="time">The current time in picoseconds.</param>
    public DacChannel(ChipServices services, DacFacts facts, int number, Pin pin, Func<long> time)
    {
        _pin = pin;
        _output = new DividedVoltage(ConstantVoltage.Ground, 0, Top);
        _request = services.DmaRequests.Add($"{facts.Name}_CH{number}", facts.DmaCode + number);
        _signal = services.Signals.Add($"{facts.Name}.CH{number}", SignalKind.Analog, 1, "voltage that the channel converts to, before any output enable", () => _output.At(time()));
    }

    /// <summary>Gets the voltage at the output.</summary>
    public IVoltage Output => _output;

    /// <summary>Gets CHnDATA.</summary>
    public ushort Data => _data;

    /// <summary>Gets a value indicating whether data waits for a conversion: CHnDRE is 0.</summary>
    public bool HasNew => _hasNew;

    /// <summary>Gets a value indicating whether data waits and nothing keeps it from being converted but a busy converter.</summary>
    public bool IsDue => _hasNew && _isTriggered;

    /// <summary>Sets VREF.</summary>
    public IVoltage Reference
    {
        set
        {
            if (_output.Of == value) return;
            _output.Of = value;
            if (_code != 0) Moved();
        }
    }

    /// <summary>Sets a value indicating whether the data register asks the DMA controller for data.</summary>
    public bool IsRequesting
    {
        set => _request.IsRequested = value;
    }

    /// <summary>New data comes.</summary>
    /// <param name="data">CHnDATA.</param>
    /// <param name="triggered">Whether it may be converted without waiting for an event.</param>
    /// <returns>False when it takes the place of data that was never converted.</returns>
    public bool Load(ushort data, bool triggered)
    {
        bool wasEmpty = !_hasNew;
        _data = data;
        _hasNew = true;
        _isTriggered = triggered;
        return wasEmpty;
    }

    /// <summary>What waits may be converted: an event came, or the channel does not wait for events any longer.</summary>
    public void Trigger() => _isTriggered |= _hasNew;

    /// <summary>The converter takes the data.</summary>
    public void Take() => _hasNew = _isTriggered = false;

    /// <summary>A conversion is done.</summary>
    /// <param name="code">0–<see cref="Top"/>.</param>
    public void Show(int code)
    {
        if (_code == code) return;
        _code = (ushort)code;
        _output.Numerator = code;
        Moved();
    }

    /// <summary>Gives the pin the voltage, or leaves it alone.</summary>
    /// <param name="on">Whether the output is enabled.</param>
    public void Drive(bool on) => _pin.ChipVoltage = on ? _output : null;

    public void Reset()
    {
        _data = 0;
        Take();
        Drive(false);
        Show(0);
        IsRequesting = false;
    }

    public void State(StateStream s)
    {
        bool requesting = _request.IsRequested;
        s.Value(ref _data);
        s.Value(ref _code);
        s.Value(ref _hasNew);
        s.Value(ref _isTriggered);
        s.Value(ref requesting);
        if (!s.IsRestoring) return;
        _output.Numerator = _code;
        _request.IsRequested = requesting;
    }

    private void Moved()
    {
        if (_pin.ChipVoltage is not null) _pin.ChipVoltageMoved();
        if (_signal.IsWatched) _signal.Changed(_signal.Value);
    }
}
