using Xmega.Ports;
using Xmega.State;

namespace Xmega.Serial;

/// <summary>TXD of a USART: the line itself or, in IrDA mode, a pulse for every 0 (8077I 22.2).</summary>
internal sealed class UsartOutput
{
    private readonly ChipServices _services;
    private readonly UsartFacts _facts;
    private readonly Pin _pin;
    private readonly BaudGenerator _baud;
    private readonly Ircom _ircom;
    private readonly PinOverride _txd;
    private readonly ClockedAction _end;

    public UsartOutput(ChipServices services, UsartFacts facts, BaudGenerator baud, Ircom ircom, Pin pin, PinOverride txd)
    {
        _services = services;
        _facts = facts;
        _pin = pin;
        _baud = baud;
        _ircom = ircom;
        _txd = txd;
        _end = new ClockedAction(services.Schedule, $"{facts.Name}.PULSE", () => _txd.SetValue(false));
    }

    /// <summary>Gets a value indicating whether bits are pulses.</summary>
    public bool IsPulsed { get; private set; }

    /// <summary>IrDA mode, or not; a line that is on becomes idle by a change.</summary>
    public void Configure(bool isInfrared, bool isOn)
    {
        bool pulsed = isInfrared && _ircom.IsCoding;
        if (pulsed == IsPulsed) return;
        IsPulsed = pulsed;
        if (isOn) Show(true);
    }

    /// <summary>Brings a bit to the pin: each bit of a frame where it is pulsed.</summary>
    /// <param name="level">The bit; null gives the pin back.</param>
    public void Show(bool? level)
    {
        _end.Cancel();
        if (level is null || !IsPulsed)
        {
            _txd.SetValue(level);
            return;
        }

        _txd.SetValue(!level);
        if (level == false) _end.Book(_ircom.PulseCycles(_baud.BitTime));
    }

    /// <summary>Says that a frame goes nowhere: TXEN overrides the pin's value but not its direction (8077I 21.3.2).</summary>
    public void ReportUnlessDriven()
    {
        if (_pin.IsOutput) return;
        _services.Diagnostics.Report(DiagnosticKind.Configuration, _facts.Base, $"{_facts.Name}: a character is sent while TXD ({_pin.Name}) is an input: it does not leave the chip; make the pin an output");
    }

    public void Stop(bool stopped) => _end.Stop(stopped);

    public void Reset()
    {
        IsPulsed = false;
        Show(null);
    }

    public void State(StateStream s)
    {
        bool pulsed = IsPulsed, drives = _txd.Value.HasValue, high = _txd.Value ?? false;
        s.Value(ref pulsed);
        s.Value(ref drives);
        s.Value(ref high);
        IsPulsed = pulsed;
        if (s.IsRestoring) _txd.SetValue(drives ? high : null);
        _end.State(s);
    }
}
