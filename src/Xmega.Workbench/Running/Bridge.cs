using Xmega.Ports;
using Xmega.Time;

namespace Xmega.Workbench.Running;

/// <summary>A wire between pins of two chips: on each line stands one driver for everybody on the other.</summary>
internal sealed class Bridge
{
    public Bridge(ATxmega128A1 chipA, Pin a, ATxmega128A1 chipB, Pin b, Action booked)
    {
        PinDriver atA = a.AddDriver($"the wire to {b.Name} of the other chip"), atB = b.AddDriver($"the wire to {a.Name} of the other chip");
        _ = new Way(chipA, atA, chipB, atB, booked);
        _ = new Way(chipB, atB, chipA, atA, booked);
    }

    /// <summary>One direction.</summary>
    private sealed class Way
    {
        private readonly ATxmega128A1 _from;
        private readonly PinDriver _source; // the driver on the line that is copied; what it does itself is not copied back
        private readonly ATxmega128A1 _to;
        private readonly PinDriver _target;
        private readonly ScheduledAction _arrival;
        private readonly Action _booked;

        public Way(ATxmega128A1 from, PinDriver source, ATxmega128A1 to, PinDriver target, Action booked)
        {
            _from = from;
            _source = source;
            _to = to;
            _target = target;
            _booked = booked;
            _arrival = to.CreateAction(target.Name, Phase.World, Arrive);
            source.Net.Listen(Depart);
            Arrive();
        }

        private void Depart()
        {
            if (_arrival.IsBooked || _source.Net.DriveWithout(_source) == _target.LineDrive) return;
            _to.Timeline.Book(_arrival, _from.Timeline.Picoseconds);
            _booked();
        }

        private void Arrive() => _target.LineDrive = _source.Net.DriveWithout(_source);
    }
}
