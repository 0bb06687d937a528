using Xmega.State;

namespace Xmega.Events;

/// <summary>
/// One event generator: a code of CHnMUX. The module that owns it raises single events in the cycle in which their
/// condition holds, or announces a train of them.
/// </summary>
public sealed class EventSource
{
    private readonly EventSystem _system;
    private QuadratureDecoder[] _decoders = [];

    internal EventSource(EventSystem system, int code, string name, int latency)
    {
        _system = system;
        Code = code;
        Name = name;
        Latency = latency;
    }

    /// <summary>Tells the owning module that <see cref="IsWanted"/> changed.</summary>
    public event Action? WantedChanged;

    /// <summary>Gets the code in CHnMUX, 0x01–0xFF.</summary>
    public int Code { get; }

    /// <summary>Gets the datasheet name, as in <c>TCC0_OVF</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the cycles from the one in which the source raises an event to the action in a user.</summary>
    public int Latency { get; }

    /// <summary>Gets a value indicating whether some channel selects this source: otherwise nobody hears what is raised.</summary>
    public bool IsWanted => Channels != 0 || _decoders.Length > 0;

    /// <summary>Gets a value indicating whether the source is a pin: something with a level besides its events.</summary>
    public bool HasLevel => Level is not null;

    /// <summary>Gets the train that is running, in the source's own cycles, or null.</summary>
    public EventTrain? Train { get; private set; }

    /// <summary>Gets or sets what tells the level of a pin, as its IN bit; null for a source that has none.</summary>
    internal Func<bool>? Level { get; set; }

    /// <summary>Gets or sets the channels that select this source, a bit each.</summary>
    internal int Channels { get; set; }

    /// <summary>Raises an event in the current cycle.</summary>
    /// <param name="data">The data bit it carries.</param>
    public void Raise(bool data = false)
    {
        if (_system.IsStanding) return;
        if (Channels != 0) _system.Raised(this, true, data);
        foreach (QuadratureDecoder decoder in _decoders) decoder.Raised(this, data);
    }

    /// <summary>Says that the level of a pin changed in the current cycle, whether or not that edge raises an event.</summary>
    /// <param name="level">The new level.</param>
    public void ChangeLevel(bool level)
    {
        if (Channels != 0) _system.LevelChanged(this, level);
    }

    /// <summary>Announces regular events from the next cycle or later on, in place of any train before.</summary>
    /// <param name="train">The train; its first event lies after the current cycle. Null: no more regular events after the current cycle.</param>
    public void SetTrain(EventTrain? train)
    {
        if (Train == train) return;
        Train = train;
        if (Channels != 0) _system.TrainChanged(this);
        foreach (QuadratureDecoder decoder in _decoders) decoder.LevelChanges(this);
    }

    /// <summary>The level of the source now: of a pin, or whether it strobes in every cycle.</summary>
    /// <returns>The level.</returns>
    internal bool LevelNow() => Level?.Invoke() ?? Train is { Period: 1 };

    internal void AddDecoder(QuadratureDecoder decoder)
    {
        bool wanted = IsWanted;
        _decoders = [.. _decoders, decoder];
        if (!wanted) NotifyWanted();
    }

    internal void RemoveDecoder(QuadratureDecoder decoder)
    {
        _decoders = [.. _decoders.Where(d => d != decoder)];
        if (!IsWanted) NotifyWanted();
    }

    /// <summary>Carries the train out or in; the channels are told by the event system.</summary>
    /// <param name="s">The stream.</param>
    internal void State(StateStream s)
    {
        EventTrain? train = Train;
        EventTrain.State(s, ref train);
        Train = train;
    }

    internal void NotifyWanted() => WantedChanged?.Invoke();
}
