using System.Collections.Concurrent;
using Xmega.Memory;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega;

/// <summary>Snapshots: the whole chip, with what its board does to it, saved, restored and forked between runs.</summary>
public sealed partial class ATxmega128A1
{
    private readonly List<IStateful> _parts = [];
    private Pin[]? _pins;
    private Signal[]? _audiences; // the signals whose modules work more while they are watched
    private ConcurrentBag<ATxmega128A1>? _spares;
    private bool[] _wasWatched = []; // of those, when the state was saved
    private int _ownActions;         // what is made after these belongs to the board
    private bool _isRunning;

    /// <summary>Gets the parts that are saved and restored with the chip, in the order they were attached.</summary>
    public IReadOnlyList<IStateful> Parts => _parts;

    private Pin[] Pins => _pins ??= [.. _ports.Values.SelectMany(p => p.Pins), _resetController.Pin];

    private Signal[] Audiences => _audiences ??= [.. Signals.All.Where(s => s.HasAudience)];

    /// <summary>Adds a part of the board that is to be saved and restored with the chip. Call once, where the part is made.</summary>
    /// <param name="part">The part.</param>
    public void Attach(IStateful part) => _parts.Add(part);

    /// <summary>Saves the whole machine.</summary>
    /// <returns>The snapshot.</returns>
    /// <exception cref="SnapshotException">A part has booked something and cannot be saved.</exception>
    /// <exception cref="InvalidOperationException">The chip is running: a probe or a part asks from inside <see cref="Run"/>.</exception>
    public Snapshot Save()
    {
        RefuseWhatCannotBeSaved();
        var s = new StateStream();
        string board = DescribeBoard();
        s.Text(ref board);
        Carry(s);
        return new Snapshot(s.ToArray(), s.Functions, Program.LoadedHash(), Cycle);
    }

    /// <summary>Puts the machine back to a snapshot, of this chip or of another with the same firmware and an alike board. What watches signals hears nothing of it.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <exception cref="SnapshotException">The snapshot is of another firmware or another board, or its state is not one of this version; the chip is as before.</exception>
    /// <exception cref="InvalidOperationException">The chip is running.</exception>
    public void Restore(Snapshot snapshot)
    {
        BetweenRuns();
        if (!snapshot.FirmwareHash.Span.SequenceEqual(Program.LoadedHash().Span)) throw new SnapshotException("the snapshot is of another firmware: load the one it was taken with first");
        var s = new StateStream(snapshot.State, snapshot.Functions);
        string board = "", own = DescribeBoard();
        s.Text(ref board);
        if (board != own) throw new SnapshotException($"the snapshot is of another board: it has {board}; this one has {own}");

        StateStream? before = null;
        if (snapshot.IsFromFile) Carry(before = new StateStream());
        try
        {
            CarryQuietly(s);
            if (!s.IsAtEnd) throw new InvalidDataException("the saved state is longer than the chip's");
        }
        catch (Exception e) when (before is not null && e is EndOfStreamException or InvalidDataException or IndexOutOfRangeException or ArgumentException)
        {
            CarryQuietly(before!.ToReader());
            throw new SnapshotException($"the snapshot was saved by another version of Xmega: {e.Message}; save it again");
        }
    }

    /// <summary>
    /// Makes another chip in the same state, with the same wires between pins and the same drives on them, which then
    /// stay as they are. When a fork was retired before, it is used again: 0.17 ms of the host's time with 1,000 cycles run
    /// after it; one that has to be made first takes some milliseconds (the benchmark Futures, on a busy machine of two cores).
    /// </summary>
    /// <returns>The fork, which shares nothing that changes with this chip: it may run on another thread.</returns>
    /// <exception cref="SnapshotException">Parts are attached: they cannot be copied with the chip. Build the board twice and restore a snapshot into the second.</exception>
    /// <exception cref="InvalidOperationException">The chip is running.</exception>
    public ATxmega128A1 Fork()
    {
        if (_parts.Count > 0) throw new SnapshotException($"a chip with parts cannot be forked by itself ({_parts[0].Name} is attached): build the board again and restore a snapshot into it");
        RefuseWhatCannotBeSaved();
        _spares ??= [];
        if (!_spares.TryTake(out ATxmega128A1? fork) || !fork.DescribeWires().SequenceEqual(DescribeWires()))
        {
            fork = new ATxmega128A1 { _spares = _spares };
            fork.CopyWires(this);
        }

        fork.Program.LoadFrom(Program);
        fork.RunsAsleep = RunsAsleep;
        var s = new StateStream();
        Carry(s);
        fork.CarryQuietly(s.ToReader());
        return fork;
    }

    /// <summary>Gives a fork back, so that the next one is made from it. It must not be used afterwards.</summary>
    public void Retire() => _spares?.Add(this);

    private void BetweenRuns()
    {
        if (_isRunning) throw new InvalidOperationException("the chip is running: stop it, and save or restore when Run has returned");
    }

    private void RefuseWhatCannotBeSaved()
    {
        BetweenRuns();
        IReadOnlyList<ScheduledAction> actions = Services.Schedule.Actions;
        for (int n = _ownActions; n < actions.Count; n++)
        {
            if (actions[n].IsBooked && !(actions[n].Owner is IStateful part && _parts.Contains(part)))
                throw new SnapshotException($"the part behind \"{actions[n].Name}\" is at work and cannot be saved: it has to be an IStateful that is attached to the chip");
        }
    }

    // What has to be alike for a state to fit.
    private string DescribeBoard()
    {
        List<string> board = DescribeWires();
        IReadOnlyList<ScheduledAction> actions = Services.Schedule.Actions;
        for (int n = _ownActions; n < actions.Count; n++) board.Add($"\"{actions[n].Name}\"");
        foreach (IStateful part in _parts) board.Add($"part {part.Name}");
        return board.Count == 0 ? "nothing around the chip" : string.Join("; ", board);
    }

    private List<string> DescribeWires()
    {
        var wires = new List<string>();
        foreach (Pin pin in Pins)
        {
            Net net = pin.Net;
            if (net.Pins[0] != pin || (net.Pins.Count == 1 && net.Drivers.Count == 0)) continue;
            wires.Add(string.Join('=', net.Pins.Select(p => p.Name)) + (net.Drivers.Count > 0 ? $" driven by {string.Join(", ", net.Drivers.Select(d => d.Name))}" : ""));
        }

        return wires;
    }

    private void CopyWires(ATxmega128A1 other)
    {
        for (int n = 0; n < Pins.Length; n++)
        {
            Net net = other.Pins[n].Net;
            if (net.Pins[0] != other.Pins[n]) continue;
            for (int joined = 1; joined < net.Pins.Count; joined++) Pins[n].Join(FindPin(net.Pins[joined].Name)!);
            foreach (PinDriver driver in net.Drivers) Pins[n].AddDriver(driver.Name);
        }
    }

    // While the state goes in nobody is told of anything: it is as if it had always been so.
    private void CarryQuietly(StateStream s)
    {
        ISignalProbe[][] probes = [.. Signals.All.Select(signal => signal.Exchange([]))];
        Services.DmaRequests.IsQuiet = true;
        foreach (Pin pin in Pins) pin.IsQuiet = true;
        try
        {
            Carry(s);
        }
        finally
        {
            Services.DmaRequests.IsQuiet = false;
            foreach (Pin pin in Pins) pin.IsQuiet = false;
            for (int n = 0; n < probes.Length; n++) Signals.All[n].Exchange(probes[n]);
        }

        // A module that was saved while it was watched, and is not now, or the other way round, books otherwise.
        for (int n = 0; n < _wasWatched.Length; n++)
            if (_wasWatched[n] != Audiences[n].IsWatched) Audiences[n].ReviewAudience();
    }

    private void Carry(StateStream s)
    {
        Services.Schedule.StateOfClock(s);
        Services.Timeline.State(s);
        Services.Supply.State(s);
        Program.State(s);
        Data.State(s);
        foreach (Pin pin in Pins) pin.State(s);
        foreach (IoModule module in Data.Io.Modules) module.Carry(s);
        _brownOut.State(s);

        // What modules told each other while they were restored gives way to what was saved.
        foreach (Pin pin in Pins) pin.State(s);
        Services.Interrupts.StateOfLines(s);
        Services.DmaRequests.State(s);
        Services.Diagnostics.State(s);
        Services.Schedule.StateOfBookings(s);
        foreach (IStateful part in _parts) part.State(s);
        _wasWatched = s.IsRestoring ? new bool[Audiences.Length] : [.. Audiences.Select(a => a.IsWatched)];
        foreach (ref bool watched in _wasWatched.AsSpan()) s.Value(ref watched);
    }
}
