using Xmega.Ports;

namespace Xmega.ExternalBus;

/// <summary>
/// The pins of the external bus. While the interface is on it puts its own values on control and address lines, whose
/// directions stay with DIR, and has value and direction of the data lines; lines that a mode leaves unused stay with the
/// ports (recalled of the chapter's pin configuration). Nothing moves on them: they stand as between two accesses.
/// </summary>
internal sealed class BusPins
{
    private readonly PinOverride[] _control; // port H
    private readonly PinOverride[] _data;    // port J
    private readonly PinOverride[] _address; // port K
    private readonly Func<byte> _controlDirections;

    /// <summary>Initializes a new instance of the <see cref="BusPins"/> class.</summary>
    /// <param name="control">A hand on each pin of port H.</param>
    /// <param name="data">A hand on each pin of port J.</param>
    /// <param name="address">A hand on each pin of port K.</param>
    /// <param name="controlDirections">Reads DIR of port H.</param>
    public BusPins(PinOverride[] control, PinOverride[] data, PinOverride[] address, Func<byte> controlDirections)
    {
        _control = control;
        _data = data;
        _address = address;
        _controlDirections = controlDirections;
    }

    /// <summary>Takes the lines in use, a bit each, and gives the others back.</summary>
    /// <param name="control">Lines on port H.</param>
    /// <param name="idle">Those of them that are high between accesses.</param>
    /// <param name="data">Data lines on port J, inputs between accesses.</param>
    /// <param name="low">Address lines on port J.</param>
    /// <param name="high">Address lines on port K.</param>
    public void Take(int control, int idle, int data, int low, int high)
    {
        for (int n = 0; n < _control.Length; n++)
        {
            int bit = 1 << n;
            _control[n].SetValue((control & bit) != 0 ? (idle & bit) != 0 : null);
            _data[n].SetDirection((data & bit) != 0 ? false : null);
            _data[n].SetValue((low & bit) != 0 ? false : null);
            _address[n].SetValue((high & bit) != 0 ? false : null);
        }
    }

    /// <summary>Which of some control lines are no outputs, so that no memory would hear of an access.</summary>
    /// <param name="control">Lines on port H, a bit each.</param>
    /// <returns>Their pins, as in <c>PH0, PH4</c>; null when all are outputs.</returns>
    public string? NotDriven(int control)
    {
        int missing = control & ~_controlDirections();
        return missing == 0 ? null : string.Join(", ", Enumerable.Range(0, 8).Where(n => (missing & (1 << n)) != 0).Select(n => $"PH{n}"));
    }
}
