namespace Xmega.Firmware.Tests;

/// <summary>A pair of samples that do one job by interrupt and by event, and what is measured in each.</summary>
internal sealed record Pair(string Name, string From, string To, string? ToOfEvent = null, string EventSuffix = "event")
{
    public static IReadOnlyList<Pair> All { get; } =
    [
        new("edge-timestamp", "PORTC.PIN0=1", "PMIC.PORTC_INT0=1", "TCC0.CCA=*"),
        new("sampling", "TCC0.OVF=*", "TCD1.CCA=*"),
        new("pulse-count", "PORTD.PIN2=1", "PMIC.PORTD_INT0=1", "TCC1.CNT=*"),
        new("pwm-fault", "PORTD.PIN0=1", "PORTC.PIN0=0"),
        new("timebase", "TCC0.OVF=*", "PMIC.TCC0_OVF=0", "TCC1.CNT=*"),
        new("encoder", "PORTD.PIN0=*", "PMIC.PORTD_INT0=0", "TCC0.CNT=*"),
        new("adc", "TCC0.OVF=*", "ADCA.CH0.SAMPLE=*", EventSuffix: "event-dma"),
    ];

    public string Interrupt => $"{Name}-interrupt";

    public string Event => $"{Name}-{EventSuffix}";

    public string Stimulus => Path.Combine(AppContext.BaseDirectory, "firmware-samples", Event, "stimulus.txt");
}
