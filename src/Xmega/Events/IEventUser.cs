namespace Xmega.Events;

/// <summary>
/// A module that acts on the events of a channel. It subscribes to the channels its registers select; everything it is
/// told is already delayed by <see cref="Time.Latency.Event"/>: it acts in the cycle in which it is called.
/// </summary>
public interface IEventUser
{
    /// <summary>Gets the user's place among those of a channel, from <see cref="EventSystem.NextUserPlace"/> at construction: they are told in rising order, whatever the order in which firmware connected them.</summary>
    int Place => 0;

    /// <summary>Whether the user counts regular events of this channel by arithmetic. Otherwise every event of a train is given to <see cref="OnEvent"/>.</summary>
    /// <param name="channel">Channel number 0–7.</param>
    /// <returns>True to be told of trains.</returns>
    bool CountsTrains(int channel) => false;

    /// <summary>An event reaches the user in the current cycle.</summary>
    /// <param name="channel">Channel number 0–7.</param>
    /// <param name="strobe">The signalling bit.</param>
    /// <param name="data">The data bit.</param>
    void OnEvent(int channel, bool strobe, bool data);

    /// <summary>From now on events reach the user regularly; any train before it has ended in the current cycle.</summary>
    /// <param name="channel">Channel number 0–7.</param>
    /// <param name="train">The events after the current cycle, as they reach the user; null when there are no more.</param>
    void OnTrain(int channel, EventTrain? train)
    {
    }
}
