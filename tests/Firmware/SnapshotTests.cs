using Xmega.Cpu;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.State;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>A run that is cut, saved, restored elsewhere and continued is the run that was not cut: by trace and by every field.</summary>
public class SnapshotTests
{
    private const int CutsPerSample = 60; // over all samples more than 1,000
    private const int LongestSegment = 2_500;

    public static TheoryData<string> Samples { get; } = new(
        Directory.GetDirectories(Path.Combine(AppContext.BaseDirectory, "firmware-samples")).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal));

    [Fact]
    public void There_are_enough_cut_points() => Assert.True(Samples.Count * CutsPerSample > 1000);

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_restored_machine_runs_on_as_the_one_that_was_saved(string sample)
    {
        FirmwareImage image = FirmwareRunner.LoadSample(sample);
        var random = new Random(sample.Length * 7919);
        var original = new Machine(image);
        var other = new Machine(image);
        for (int cut = 0; cut < CutsPerSample; cut++)
        {
            bool watched = cut % 3 != 0;
            Snapshot start = original.Chip.Save();
            if (cut % 30 == 0) start = Snapshot.Read(start.ToArray());
            if (cut % 16 == 1) other = new Machine(image);
            other.Chip.Restore(start);
            if (cut % 15 == 0)
                Assert.Equal([], StateDump.Differences(StateDump.Of(original.Chip), StateDump.Of(other.Chip)));

            long end = original.Chip.Cycle + random.Next(1, LongestSegment);
            ulong trace = original.RunTo(end, watched);
            ulong traceOfOther = other.RunTo(end, watched);
            if (!original.Chip.Save().State.Span.SequenceEqual(other.Chip.Save().State.Span))
                Assert.Fail($"cut {cut}, watched {watched}:\n{string.Join('\n', StateDump.Differences(StateDump.Of(original.Chip), StateDump.Of(other.Chip)))}");
            Assert.Equal(trace, traceOfOther);

            // Off into another future, so that the next snapshot goes into a machine that is somewhere else.
            other.Noise.Seed += 12345;
            other.RunTo(end + random.Next(1, LongestSegment), watched: false);
        }

        Assert.True(original.Chip.Cycle > CutsPerSample);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_fork_runs_on_as_the_chip_it_was_made_from(string sample)
    {
        FirmwareImage image = FirmwareRunner.LoadSample(sample);
        var original = new Machine(image, withNoise: false);
        for (int cut = 0; cut < 6; cut++)
        {
            ATxmega128A1 fork = original.Chip.Fork();
            long end = original.Chip.Cycle + 3_001;
            ulong trace = original.RunTo(end, watched: true);
            Assert.Equal(trace, Machine.Run(fork, end, watched: true));
            Assert.Equal(original.Chip.Save().ToArray(), fork.Save().ToArray());
            fork.Retire();
        }
    }

    // A chip whose pins are driven by nobody knows what.
    private sealed class Machine
    {
        public Machine(FirmwareImage image, bool withNoise = true)
        {
            Chip.Load(image);
            Noise = new Noise(Chip, withNoise);
        }

        public ATxmega128A1 Chip { get; } = new() { RunsAsleep = true };

        public Noise Noise { get; }

        public static ulong Run(ATxmega128A1 chip, long end, bool watched)
        {
            var trace = new TraceHash();
            if (watched)
                foreach (Signal signal in chip.Signals.All) signal.Watch(trace);
            ScheduledAction limit = chip.CreateAction("end of segment", Phase.Limit, chip.Stop);
            limit.Book(end);
            CpuStop stop = chip.Run();
            limit.Cancel();
            if (watched)
                foreach (Signal signal in chip.Signals.All) signal.Unwatch(trace);
            return trace.Add(chip.Cycle).Add((long)stop).Value;
        }

        public ulong RunTo(long end, bool watched) => Run(Chip, end, watched);
    }

    private sealed class TraceHash : ISignalProbe
    {
        public ulong Value { get; private set; } = 14695981039346656037;

        public TraceHash Add(long number)
        {
            Value = (Value ^ (ulong)number) * 1099511628211;
            return this;
        }

        void ISignalProbe.OnSignal(Signal signal, long cycle, long value)
        {
            // The same within one process, which is all that is compared.
            Add(signal.Name.GetHashCode(StringComparison.Ordinal)).Add(cycle).Add(value);
        }
    }

    private sealed class Noise : IStateful
    {
        private readonly ATxmega128A1 _chip;
        private readonly PinDriver[] _pins;
        private readonly ScheduledAction _next;
        private uint _seed = 4711;

        public Noise(ATxmega128A1 chip, bool on)
        {
            _chip = chip;
            string[] pins = on ? ["PORTC.PIN0", "PORTD.PIN0", "PORTD.PIN1", "PORTD.PIN2", "PORTE.PIN0", "PORTC.PIN2", "PORTF.PIN3", "PORTA.PIN0", "PORTB.PIN1"] : [];
            _pins = [.. pins.Select(p => chip.FindPin(p)!.AddDriver(Name))];
            chip.FindPin("PORTE.PIN4")!.Join(chip.FindPin("PORTE.PIN5")!);
            if (!on)
            {
                _next = null!;
                return;
            }

            _next = chip.CreateAction(Name, Phase.World, Next);
            _next.Book(10);
            chip.Attach(this);
        }

        public string Name => "noise";

        public uint Seed
        {
            get => _seed;
            set => _seed = value;
        }

        public void State(StateStream s) => s.Value(ref _seed);

        private void Next()
        {
            _seed = (_seed * 1664525) + 1013904223;
            PinDriver pin = _pins[(_seed >> 16) % _pins.Length];
            pin.Drive = ((_seed >> 24) % 4) switch { 0 => PinDrive.None, 1 => PinDrive.Pull(true), 2 => PinDrive.Strong(true), _ => PinDrive.Strong(false) };
            _next.Book(_chip.Services.Schedule.Now + 1 + ((_seed >> 8) % 400));
        }
    }
}
