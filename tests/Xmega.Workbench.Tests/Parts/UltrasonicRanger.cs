using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Tests.Parts;

/// <summary>A pulse on TRIG is answered by one on ECHO, 58 µs long for each centimetre, as an HC-SR04 does.</summary>
public sealed class UltrasonicRanger : IPinListener, IStateful
{
    private const long Microsecond = Timeline.PicosecondsPerSecond / 1_000_000;
    private readonly Timeline _timeline;
    private readonly PinDriver _echo;
    private readonly ScheduledAction _edge;
    private bool _isEchoing;

    public UltrasonicRanger(ATxmega128A1 chip, Pin trigger, Pin echo)
    {
        chip.Attach(this);                                     // it is saved and restored with the chip
        _timeline = chip.Timeline;
        _echo = echo.AddDriver(Name);
        _echo.Drive = PinDrive.Strong(false);
        _edge = chip.CreateAction(Name, Phase.World, MoveEcho); // made once, booked whenever it is needed
        trigger.Listen(this);
    }

    public string Name => "ultrasonic ranger";

    public int Centimetres { get; set; } = 100;

    public void OnPinChanged(Pin pin) // in the very cycle in which the firmware moved TRIG
    {
        if (pin.Level == LogicLevel.Low && !_edge.IsBooked) Book(200); // eight periods of 40 kHz are sent first
    }

    public void State(StateStream s) => s.Value(ref _isEchoing); // every field that changes while the chip runs

    private void MoveEcho()
    {
        _isEchoing = !_isEchoing;
        _echo.Drive = PinDrive.Strong(_isEchoing);
        if (_isEchoing) Book(58 * Centimetres);
    }

    private void Book(long microseconds) => _timeline.Book(_edge, _timeline.Picoseconds + (microseconds * Microsecond));
}
