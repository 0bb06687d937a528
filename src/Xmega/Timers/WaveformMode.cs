namespace Xmega.Timers;

/// <summary>WGMODE (8077I 14.12.2).</summary>
internal enum WaveformMode : byte
{
    /// <summary>Counts to PER; no output.</summary>
    Normal = 0,

    /// <summary>Frequency: counts to CCA, outputs toggle.</summary>
    Frequency = 1,

    /// <summary>Single-slope PWM.</summary>
    SingleSlope = 3,

    /// <summary>Dual-slope PWM, overflow at TOP.</summary>
    DualSlopeTop = 5,

    /// <summary>Dual-slope PWM, overflow at TOP and at BOTTOM.</summary>
    DualSlopeBoth = 6,

    /// <summary>Dual-slope PWM, overflow at BOTTOM.</summary>
    DualSlopeBottom = 7,
}
