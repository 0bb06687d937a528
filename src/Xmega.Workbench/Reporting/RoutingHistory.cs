using Xmega.Cpu;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Routing;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Reporting;

/// <summary>An event channel over a whole run.</summary>
/// <param name="Channel">Its number, 0–7.</param>
/// <param name="Generators">Each source that CHnMUX selected, with the events that the channel carried meanwhile.</param>
/// <param name="Users">Everybody who was ever set up to act on its events.</param>
/// <param name="Count">Events that it carried.</param>
public sealed record RoutedChannel(int Channel, IReadOnlyList<RoutedGenerator> Generators, IReadOnlyList<EventUser> Users, long Count)
{
    /// <summary>Gets a value indicating whether firmware used the channel at all.</summary>
    public bool IsUsed => Count > 0 || Generators.Count > 0 || Users.Count > 0;
}

/// <summary>A generator of a channel.</summary>
/// <param name="Name">Its datasheet name; <see cref="RoutingHistory.Software"/> for events that firmware made itself.</param>
/// <param name="Count">Events that the channel carried while it was selected.</param>
public sealed record RoutedGenerator(string Name, long Count);

/// <summary>Remembers every route that firmware set up: at the end of a run it may have put them all back.</summary>
public sealed class RoutingHistory : IExecutionObserver
{
    /// <summary>The generator of a channel that carried events with its multiplexer off.</summary>
    public const string Software = "software";

    private const int RegisterX = 26;

    private readonly ATxmega128A1 _chip;
    private readonly KnownInstructions _flash;
    private readonly byte[] _memory = new byte[EventRouting.Registers];
    private readonly SortedDictionary<string, long>[] _generators = [.. Enumerable.Range(0, Events.EventSystem.ChannelCount).Select(_ => new SortedDictionary<string, long>(StringComparer.Ordinal))];
    private readonly List<EventUser>[] _users = [.. Enumerable.Range(0, Events.EventSystem.ChannelCount).Select(_ => new List<EventUser>())];
    private IReadOnlyList<EventRoute> _routes;

    /// <summary>Initializes a new instance of the <see cref="RoutingHistory"/> class.</summary>
    /// <param name="chip">The chip.</param>
    public RoutingHistory(ATxmega128A1 chip)
    {
        _chip = chip;
        _flash = new KnownInstructions(chip);
        EventRouting.IsAsBefore(chip, _memory);
        _routes = EventRouting.Of(chip);
        Keep(_routes);
    }

    /// <inheritdoc/>
    public bool LooksAtChip => false;

    /// <inheritdoc/>
    public void OnStep(in ExecutionStep step)
    {
        if (step.Kind == StepKind.Instruction && MayRoute(step.Address)) Look();
    }

    /// <summary>Every route of the run up to now.</summary>
    /// <returns>All eight channels.</returns>
    public IReadOnlyList<RoutedChannel> Channels()
    {
        Look();
        Count(EventRouting.Of(_chip));
        return [.. _routes.Select((r, n) => new RoutedChannel(n, [.. _generators[n].Select(g => new RoutedGenerator(g.Key, g.Value))], _users[n], r.Count))];
    }

    // Whether an instruction that was executed wrote to a register that routes; a pointer has moved by one, or will.
    private bool MayRoute(int address)
    {
        (Op op, ushort opcode, int behind) = _flash.At(address);
        return op switch
        {
            Op.Sts => EventRouting.Routes(_chip.Program.ReadWord((behind / 2) - 1)),
            Op.StX or Op.StXInc or Op.StXDec => RoutesNear(Pointer(RegisterX)),
            Op.StY or Op.StYInc or Op.StYDec => RoutesNear(Pointer(RegisterX + 2)),
            Op.StZ or Op.StZInc or Op.StZDec => RoutesNear(Pointer(RegisterX + 4)),
            Op.StdY => EventRouting.Routes(Pointer(RegisterX + 2) + Displacement(opcode)),
            Op.StdZ => EventRouting.Routes(Pointer(RegisterX + 4) + Displacement(opcode)),
            _ => false,
        };
    }

    private static bool RoutesNear(int pointer) => EventRouting.Routes(pointer - 1) || EventRouting.Routes(pointer) || EventRouting.Routes(pointer + 1);

    // 10q0 qq.r rrrr .qqq
    private static int Displacement(ushort opcode) => ((opcode >> 8) & 0x20) | ((opcode >> 7) & 0x18) | (opcode & 0x07);

    private int Pointer(int register) => _chip.Register(register) | (_chip.Register(register + 1) << 8);

    private void Look()
    {
        if (EventRouting.IsAsBefore(_chip, _memory)) return;
        IReadOnlyList<EventRoute> routes = EventRouting.Of(_chip);
        Count(routes);
        Keep(routes);
    }

    // What came up to now came from the generator that was selected up to now.
    private void Count(IReadOnlyList<EventRoute> now)
    {
        for (int n = 0; n < now.Count; n++)
        {
            long count = now[n].Count - _routes[n].Count;
            if (count == 0) continue;
            string generator = _routes[n].Generator ?? Software;
            _generators[n][generator] = _generators[n].GetValueOrDefault(generator) + count;
        }

        _routes = now;
    }

    private void Keep(IReadOnlyList<EventRoute> routes)
    {
        foreach (EventRoute route in routes)
        {
            if (route.Generator is { } generator) _generators[route.Channel].TryAdd(generator, 0);
            foreach (EventUser user in route.Users)
                if (!_users[route.Channel].Contains(user)) _users[route.Channel].Add(user);
        }
    }
}
