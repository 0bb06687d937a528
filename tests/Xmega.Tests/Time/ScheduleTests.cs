using CsCheck;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.Time;

public class ScheduleTests
{
    private static readonly Phase[] Phases = [Phase.Module, Phase.Event, Phase.Dma, Phase.Interrupt, Phase.World, Phase.Limit];

    // What a property test does: book or move (0), cancel (1) an action, advance (2).
    private static readonly Gen<(int Verb, int Action, long Cycles)> Steps = Gen.Select(Gen.Frequency((6, Gen.Const(0)), (2, Gen.Const(1)), (2, Gen.Const(2))), Gen.Int[0, 19], Gen.Long[0, 12]);

    [Fact]
    public void What_runs_is_what_a_sorted_list_says() =>
        Gen.Select(Gen.Int[0, 5].Array[20], Steps.Array[1, 300]).Sample((phases, steps) =>
        {
            var schedule = new Schedule();
            var ran = new List<(long Cycle, int Action)>();
            ScheduledAction[] actions = [.. phases.Select((p, i) => schedule.Create($"a{i}", Phases[p], () => ran.Add((schedule.Now, i))))];
            var oracle = new SortedSet<(long Cycle, int Phase, int Action)>();
            var expected = new List<(long Cycle, int Action)>();
            foreach ((int verb, int action, long cycles) in steps)
            {
                if (verb < 2) oracle.RemoveWhere(e => e.Action == action);
                switch (verb)
                {
                    case 0:
                        actions[action].Book(schedule.Now + cycles);
                        // A limit is reached when its cycle begins: at the end of the one before.
                        long cycle = Phases[phases[action]] == Phase.Limit ? Math.Max(schedule.Now, schedule.Now + cycles - 1) : schedule.Now + cycles;
                        oracle.Add((cycle, phases[action], action));
                        break;
                    case 1:
                        actions[action].Cancel();
                        break;
                    default:
                        long to = schedule.Now + cycles;
                        schedule.AdvanceTo(to);
                        while (oracle.Count > 0 && oracle.Min.Cycle <= to)
                        {
                            expected.Add((oracle.Min.Cycle, oracle.Min.Action));
                            oracle.Remove(oracle.Min);
                        }

                        Assert.Equal(to, schedule.Now);
                        break;
                }

                Assert.Equal(oracle.Count, schedule.Count);
                Assert.Equal(oracle.Count > 0 ? oracle.Min.Cycle : ScheduledAction.Never, schedule.NextCycle);
                Assert.Equal(oracle.Any(e => Phases[e.Phase] != Phase.Limit), schedule.HasWork);
                Assert.Equal(oracle.Any(e => e.Action == action), actions[action].IsBooked);
            }

            Assert.Equal(expected, ran);
        });

    [Fact]
    public void What_runs_may_book_itself_and_move_others() =>
        Gen.Select(Gen.Int[0, 5].Array[20], Steps.Array[20], Steps.Array[1, 100]).Sample((phases, reactions, steps) =>
        {
            var real = new Reacting(phases, reactions);
            var oracle = new SortedSet<(long Cycle, int Phase, int Action)>();
            var expected = new List<(long Cycle, int Action)>();
            int[] reacted = new int[phases.Length];
            long now = 0;
            foreach ((int verb, int action, long cycles) in steps)
            {
                real.Do(verb, action, cycles);
                if (verb < 2) Model(verb, action, cycles);
                else
                {
                    long to = now + cycles;
                    while (oracle.Count > 0 && oracle.Min.Cycle <= to)
                    {
                        (long cycle, int phase, int ran) next = oracle.Min;
                        oracle.Remove(next);
                        now = next.cycle;
                        expected.Add((now, next.ran));
                        if (reacted[next.ran]++ < Reacting.Most && reactions[next.ran].Verb < 2) Model(reactions[next.ran].Verb, reactions[next.ran].Action, reactions[next.ran].Cycles);
                    }

                    now = to;
                }

                Assert.Equal(oracle.Count, real.Schedule.Count);
                Assert.Equal(oracle.Count > 0 ? oracle.Min.Cycle : ScheduledAction.Never, real.Schedule.NextCycle);
            }

            Assert.Equal(expected, real.Ran);

            void Model(int verb, int action, long cycles)
            {
                oracle.RemoveWhere(e => e.Action == action);
                if (verb == 0) oracle.Add((Phases[phases[action]] == Phase.Limit ? Math.Max(now, now + cycles - 1) : now + cycles, phases[action], action));
            }
        });

    [Fact]
    public void Within_a_cycle_phases_run_in_order_and_within_a_phase_the_action_created_first()
    {
        var schedule = new Schedule();
        var ran = new List<string>();
        ScheduledAction world = schedule.Create("world", Phase.World, () => ran.Add("world"));
        ScheduledAction second = schedule.Create("second", Phase.Module, () => ran.Add("second"));
        ScheduledAction third = schedule.Create("third", Phase.Module, () => ran.Add("third"));
        third.Book(5);
        world.Book(5);
        second.Book(5);
        schedule.AdvanceTo(5);
        Assert.Equal(["second", "third", "world"], ran);
    }

    [Fact]
    public void A_cycle_that_has_passed_means_the_current_one()
    {
        var schedule = new Schedule();
        long ranIn = -1;
        ScheduledAction action = schedule.Create("a", Phase.Module, () => ranIn = schedule.Now);
        schedule.AdvanceTo(10);
        action.Book(3);
        Assert.Equal(10, action.Cycle);
        schedule.AdvanceTo(10);
        Assert.Equal(10, ranIn);
        schedule.AdvanceTo(4);
        Assert.Equal(10, schedule.Now);
    }

    [Fact]
    public void An_action_may_book_itself_again_and_cancel_others()
    {
        var schedule = new Schedule();
        var ran = new List<long>();
        ScheduledAction victim = schedule.Create("victim", Phase.Event, () => ran.Add(-1));
        ScheduledAction? self = null;
        self = schedule.Create("self", Phase.Module, () =>
        {
            ran.Add(schedule.Now);
            victim.Cancel();
            self!.Book(schedule.Now + 3);
        });
        self.Book(1);
        victim.Book(4);
        schedule.AdvanceTo(8);
        Assert.Equal([1, 4, 7], ran);
    }

    [Fact]
    public void The_heap_grows_with_what_is_booked()
    {
        var schedule = new Schedule();
        var ran = new List<int>();
        ScheduledAction[] actions = [.. Enumerable.Range(0, 500).Select(i => schedule.Create($"a{i}", Phase.Module, () => ran.Add(i)))];
        for (int i = 0; i < 500; i++) actions[i].Book(1000 - i);
        schedule.AdvanceTo(1000);
        Assert.Equal(Enumerable.Range(0, 500).Reverse(), ran);
    }

    // A schedule whose actions book and cancel when they run, the first few times.
    private sealed class Reacting
    {
        public const int Most = 3;

        private readonly ScheduledAction[] _actions;

        public Reacting(int[] phases, (int Verb, int Action, long Cycles)[] reactions)
        {
            int[] reacted = new int[phases.Length];
            _actions = [.. phases.Select((p, i) => Schedule.Create($"a{i}", Phases[p], () =>
            {
                Ran.Add((Schedule.Now, i));
                if (reacted[i]++ < Most && reactions[i].Verb < 2) Do(reactions[i].Verb, reactions[i].Action, reactions[i].Cycles);
                long next = Schedule.NextCycle;
                Assert.Equal(Schedule.Count > 0, next != ScheduledAction.Never);
                Assert.Equal(_actions!.Count(a => a.IsBooked), Schedule.Count);
                Assert.Equal(_actions!.Where(a => a.IsBooked).Select(a => a.Cycle).DefaultIfEmpty(ScheduledAction.Never).Min(), next);
            }))];
        }

        public Schedule Schedule { get; } = new();

        public List<(long Cycle, int Action)> Ran { get; } = [];

        public void Do(int verb, int action, long cycles)
        {
            switch (verb)
            {
                case 0:
                    _actions[action].Book(Schedule.Now + cycles);
                    break;
                case 1:
                    _actions[action].Cancel();
                    break;
                default:
                    Schedule.AdvanceTo(Schedule.Now + cycles);
                    break;
            }
        }
    }
}
