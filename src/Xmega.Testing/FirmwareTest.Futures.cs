using System.Runtime.CompilerServices;
using System.Text;
using Xmega.Signals;
using Xmega.State;
using Xmega.Workbench.Serial;

namespace Xmega.Testing;

/// <summary>One state, many futures.</summary>
public sealed partial class FirmwareTest
{
    private readonly ConditionalWeakTable<Snapshot, Heard> _heard = [];

    /// <summary>Saves the bench's chip, and what the bench has heard of it.</summary>
    /// <returns>The snapshot, for <see cref="Restore"/> of this bench or another with the same firmware and drives.</returns>
    /// <exception cref="SnapshotException">Something is at work that cannot be saved, such as a text that is still being sent to the chip.</exception>
    public Snapshot Save()
    {
        Snapshot snapshot = SaveChip();
        _heard.Add(snapshot, Hear());
        return snapshot;
    }

    /// <summary>
    /// Puts the chip back to a snapshot, and the bench with it: texts and last events are those of the moment it was saved, or none
    /// when another bench saved it; observations and measurements begin anew; a recording is complete.
    /// </summary>
    /// <param name="snapshot">The snapshot. What drives pins belongs to the board: drive and send to the same ones before it is saved, or use <see cref="Fork"/>.</param>
    /// <returns>This bench.</returns>
    /// <exception cref="SnapshotException">It is of another firmware or board; the bench is as before, but for the recording.</exception>
    public FirmwareTest Restore(Snapshot snapshot)
    {
        _recorder?.Dispose();
        _recorder = null;
        Chip.Restore(snapshot);
        foreach (SerialTransmitter transmitter in _transmitters.Values) transmitter.Forget();
        Recall(_heard.TryGetValue(snapshot, out Heard? heard) ? heard : new Heard([], new EventLog(LastEvents)));
        _history.Restart();
        foreach ((string from, string to) in _latencies.Keys.ToArray()) Measure(from, to);
        return this;
    }

    /// <summary>
    /// Makes another bench in the same state, with the same drives, texts and last events. It shares nothing that changes
    /// with this one, may run on another thread, and may be driven where this one was not. Observations, measurements and
    /// a recording stay with this one.
    /// </summary>
    /// <param name="board">Builds on the fork what was built on <see cref="Chip"/> by hand (parts, wires), if anything was.</param>
    /// <returns>The fork.</returns>
    /// <exception cref="SnapshotException">Something is at work that cannot be saved, or the boards differ.</exception>
    public FirmwareTest Fork(Action<FirmwareTest>? board = null)
    {
        Snapshot now = SaveChip();
        var fork = new FirmwareTest(Firmware);
        board?.Invoke(fork);
        foreach (Action<FirmwareTest> attach in _attached) attach(fork);
        foreach (Signal signal in _watched) fork.Watch(signal.Name);
        fork.Chip.Restore(now);
        fork.Recall(Hear());
        return fork;
    }

    private Snapshot SaveChip()
    {
        foreach ((string usart, SerialTransmitter transmitter) in _transmitters)
            if (!transmitter.IsIdle) throw new SnapshotException($"a text for {usart} is still being sent: run until it has arrived");
        return Chip.Save();
    }

    private Heard Hear()
    {
        var log = new EventLog(LastEvents);
        log.Take(_log);
        return new Heard(_sent.ToDictionary(s => s.Key, s => s.Value.ToString()), log);
    }

    private void Recall(Heard heard)
    {
        _sent.Clear();
        foreach ((string usart, string text) in heard.Texts) _sent.Add(usart, new StringBuilder(text));
        _log.Take(heard.Log);
    }

    // Never changed once it is made: snapshots and forks share it.
    private sealed record Heard(Dictionary<string, string> Texts, EventLog Log);
}
