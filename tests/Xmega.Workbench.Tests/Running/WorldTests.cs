using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.Workbench.Running;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Running;

/// <summary>Two chips go on in the order of time, whoever's clock is faster, and hear each other over wires alone.</summary>
public class WorldTests
{
    // Pin 0 of PORTC follows pin 1, as fast as a loop can.
    private static readonly string[] Follower = ["ldi r16,1", "sts 0x0640,r16", "loop:", "lds r17,0x0648", "lsr r17", "sts 0x0644,r17", "rjmp loop"];

    [Theory]
    [InlineData("hello-usart")]
    [InlineData("nested-interrupts")]
    [InlineData("sampling-interrupt")]
    [InlineData("encoder-event")]
    public void A_chip_alone_in_a_world_runs_as_it_does_without(string sample)
    {
        FirmwareImage image = Programs.Sample(sample);
        RunOptions options = new() { For = new EmulatedTime(100_000, true), Strict = true };
        ATxmega128A1 alone = Programs.Chip(image), member = Programs.Chip(image);
        Hash one = new(alone), other = new(member);
        RunResult a = new FirmwareRun(alone, image, options).Run();
        RunResult b = new FirmwareRun(member, image, options with { World = new World(member) }).Run();
        Assert.Equal((a.Stop, a.ExitCode, a.Cycles, a.Instructions, a.SleepCycles, a.StackLowest, a.ProgramCounter), (b.Stop, b.ExitCode, b.Cycles, b.Instructions, b.SleepCycles, b.StackLowest, b.ProgramCounter));
        Assert.Equal(a.Interrupts, b.Interrupts);

        // A CPU that stopped leaves what is due in the cycles of its last instruction to whoever looks.
        foreach (ATxmega128A1 chip in new[] { alone, member }) chip.Services.Schedule.AdvanceTo(chip.Cycle - 1);
        Assert.Equal(one.Count, other.Count);
        Assert.Equal(one.Value, other.Value);
    }

    [Fact]
    public void A_chip_beside_one_that_does_something_else_runs_as_it_does_alone()
    {
        FirmwareImage image = Programs.Sample("hello-usart");
        ATxmega128A1 alone = Programs.Chip(image), member = Programs.Chip(image);
        Hash one = new(alone), other = new(member);
        RunResult a = new FirmwareRun(alone, image, new RunOptions()).Run();
        var world = new World(member);
        world.Add(Programs.Chip(Programs.Sample("nested-interrupts")));
        world.Add(Programs.Chip(Programs.Assemble(Follower)));
        RunResult b = new FirmwareRun(member, image, new RunOptions { World = world }).Run();
        Assert.Equal((a.Stop, a.Cycles, a.Instructions), (b.Stop, b.Cycles, b.Instructions));
        Assert.Equal(one.Value, other.Value);
    }

    [Theory]
    [InlineData(2_000_000, 2_000_000)]
    [InlineData(2_000_000, 32_000_000)]
    [InlineData(32_000_000, 2_000_000)]
    [InlineData(12_000_001, 7_372_800)]
    public void A_change_reaches_the_other_chip_in_its_first_cycle_at_or_after_it(long hertzA, long hertzB)
    {
        // A toggles PC0 with odd pauses; B sleeps.
        ATxmega128A1 a = Programs.Chip(Programs.Assemble("ldi r16,1", "sts 0x0640,r16", "ldi r18,1", "loop:", "sts 0x0647,r16", "mov r17,r18", "wait:", "dec r17", "brne wait", "inc r18", "brne loop", "cli", "end:", "rjmp end"));
        ATxmega128A1 b = Programs.Chip(Programs.Assemble("sleep", "loop:", "rjmp loop"));
        a.Timeline.SetFrequency(hertzA, 1);
        b.Timeline.SetFrequency(hertzB, 1);
        var world = new World(a);
        world.Add(b);
        world.Wire(a.FindPin("PORTC.PIN0")!, b.FindPin("PORTD.PIN7")!);
        var sent = new Edges(a.Signals.Find("PORTC.PIN0")!);
        var received = new Edges(b.Signals.Find("PORTD.PIN7")!);
        Assert.Equal(CpuStop.Exit, world.Run());
        Assert.Equal(256, sent.List.Count);

        // Of several changes in one cycle of the receiver the last one counts.
        var expected = new List<(long Cycle, long Value)>();
        foreach (var cycle in sent.List.GroupBy(e => b.Timeline.CycleAt(a.Timeline.PicosecondsAt(e.Cycle)), e => e.Value))
            if (expected.Count == 0 || expected[^1].Value != cycle.Last()) expected.Add((cycle.Key, cycle.Last()));
        Assert.Equal(expected, received.List);
    }

    [Fact]
    public void Two_chips_may_answer_each_other()
    {
        // Each follows the other, one of them through an inverting pin: they oscillate, the same way every time.
        (IReadOnlyList<(long, long)> first, IReadOnlyList<(long, long)> second) = (Ring(), Ring());
        Assert.True(first.Count > 100);
        Assert.Equal(first, second);

        static IReadOnlyList<(long, long)> Ring()
        {
            string[] inverting = ["ldi r16,0x40", "sts 0x0651,r16", .. Follower];
            ATxmega128A1 a = Programs.Chip(Programs.Assemble(Follower)), b = Programs.Chip(Programs.Assemble(inverting));
            b.Timeline.SetFrequency(3_333_333, 1);
            var world = new World(a);
            world.Add(b);
            world.Wire(a.FindPin("PORTC.PIN0")!, b.FindPin("PORTC.PIN1")!);
            world.Wire(b.FindPin("PORTC.PIN0")!, a.FindPin("PORTC.PIN1")!);
            var edges = new Edges(a.Signals.Find("PORTC.PIN1")!);
            a.CreateAction("end", Time.Phase.Limit, a.Stop).Book(10_000);
            Assert.Equal(CpuStop.Requested, world.Run());
            return edges.List;
        }
    }

    [Fact]
    public void A_wire_between_chips_carries_strength_so_that_open_drains_and_pulls_meet_as_on_one_board()
    {
        ATxmega128A1 a = new(), b = new();
        var world = new World(a);
        world.Add(b);
        Pin pa = a.FindPin("PORTC.PIN0")!, pb = b.FindPin("PORTC.PIN0")!;
        world.Wire(pa, pb);
        Assert.Equal((LogicLevel.Floating, LogicLevel.Floating), Levels());
        PinDriver weak = pa.AddDriver("pull-up");
        weak.Drive = PinDrive.Pull(true);
        Assert.Equal((LogicLevel.High, LogicLevel.High), Levels());
        b.Data.Write(0x0640, 1); // DIR: drives 0
        Assert.Equal((LogicLevel.Low, LogicLevel.Low), Levels());
        a.Data.Write(0x0640, 1);
        b.Data.Write(0x0640, 0);
        Assert.Equal((LogicLevel.Low, LogicLevel.Low), Levels());
        a.Data.Write(0x0640, 0);
        Assert.Equal((LogicLevel.High, LogicLevel.High), Levels());

        // A pull inside the other chip gives way to the resistor on the board.
        b.Data.Write(0x0650, 0x10); // PULLDOWN
        Assert.Equal((LogicLevel.High, LogicLevel.High), Levels());
        weak.Drive = PinDrive.None;
        Assert.Equal((LogicLevel.Low, LogicLevel.Low), Levels());
        Assert.Empty(a.Diagnostics.All);

        (LogicLevel A, LogicLevel B) Levels()
        {
            a.Services.Schedule.AdvanceTo(a.Services.Schedule.Now + 1);
            b.Services.Schedule.AdvanceTo(b.Services.Schedule.Now + 1);
            return (pa.Level, pb.Level);
        }
    }

    [Fact]
    public void Wires_in_a_circle_latch_nothing()
    {
        ATxmega128A1 a = new(), b = new();
        var world = new World(a);
        world.Add(b);
        Pin first = a.FindPin("PORTC.PIN0")!, second = a.FindPin("PORTC.PIN1")!, far = b.FindPin("PORTC.PIN0")!;
        world.Wire(first, far);
        world.Wire(second, far);
        world.Wire(first, second);
        PinDriver driver = first.AddDriver("test");
        foreach (bool high in new[] { true, false, true })
        {
            driver.Drive = PinDrive.Strong(high);
            Settle();
            Assert.Equal((high, high, high), (first.IsHigh, second.IsHigh, far.IsHigh));
        }

        driver.Drive = PinDrive.None;
        Settle();
        Assert.Equal(LogicLevel.Floating, second.Level);

        void Settle()
        {
            for (int i = 0; i < 3; i++)
            {
                b.Services.Schedule.AdvanceTo(b.Services.Schedule.Now + 1);
                a.Services.Schedule.AdvanceTo(a.Services.Schedule.Now + 1);
            }
        }
    }

    [Fact]
    public void A_sleeper_is_woken_by_another_chip_and_when_none_is_left_to_wake_it_the_run_ends()
    {
        // B: interrupt on PC0, rising; each wake counts in r20. A: three edges, then the end of its program; it is not the main one.
        string[] sleeper =
        [
            "rjmp main", ".word 0x0000", ".word 0x0000", ".word 0x0000", "inc r20", "reti", // vector 2: PORTC_INT0
            "main:", "ldi r16,1", "sts 0x0650,r16", "sts 0x064A,r16", "sts 0x0649,r16", "sts 0x00A2,r16", "sts 0x0048,r16", "sei",
            "loop:", "sleep", "rjmp loop",
        ];
        ATxmega128A1 b = Programs.Chip(Programs.Assemble(sleeper));
        ATxmega128A1 a = Programs.Chip(Programs.Assemble("ldi r16,1", "ldi r18,6", "sts 0x0640,r16", "loop:", "dec r17", "brne loop", "sts 0x0647,r16", "dec r18", "brne loop", "cli", "end:", "rjmp end"));
        var world = new World(b);
        world.Add(a);
        world.Wire(a.FindPin("PORTC.PIN0")!, b.FindPin("PORTC.PIN0")!);
        Assert.Equal(CpuStop.AsleepForever, world.Run());
        Assert.Equal(3, b.Register(20));
    }

    [Fact]
    public void A_master_wakes_a_slave_out_of_power_down_by_its_address_and_hands_it_a_byte()
    {
        const int SlaveVector = 12; // TWIC_TWIS
        string[] slave =
        [
            "jmp main", .. Enumerable.Repeat("nop", (2 * SlaveVector) - 2),
            "inc r21", "lds r17, 0x048A", "sbrc r17, 7", "lds r20, 0x048C", "ldi r18, 3", "sts 0x0489, r18", "reti", // DIF: take DATA; RESPONSE
            "main:", "ldi r16, 0x42", "sts 0x048B, r16", "ldi r16, 0x78", "sts 0x0488, r16", "ldi r16, 1", "sts 0x00A2, r16", // ADDR, CTRLA, PMIC
            "ldi r16, 0x05", "sts 0x0048, r16", "sei", "loop:", "sleep", "rjmp loop", // PDOWN
        ];
        string[] master =
        [
            "ldi r25, 16", "ldi r24, 0", "early:", "sbiw r24, 1", "brne early", // 8 ms: the slave is asleep by then
            "ldi r16, 5", "sts 0x0485, r16", "ldi r16, 8", "sts 0x0481, r16", "ldi r16, 1", "sts 0x0484, r16", // BAUD, CTRLA, IDLE
            "ldi r16, 0x42", "sts 0x0486, r16", "rcall wait", "mov r20, r17", "ldi r16, 0x5A", "sts 0x0487, r16", "rcall wait", "mov r21, r17", "ldi r16, 3", "sts 0x0483, r16",
            "ldi r25, 4", "late:", "sbiw r24, 1", "brne late", "cli", "end:", "rjmp end",
            "wait:", "lds r17, 0x0484", "sbrs r17, 6", "rjmp wait", "ret", // WIF
        ];
        ATxmega128A1 a = Programs.Chip(Programs.Assemble(master)), b = Programs.Chip(Programs.Assemble(slave));
        var world = new World(a);
        world.Add(b);
        for (int n = 0; n < 2; n++)
        {
            a.FindPin($"PORTC.PIN{n}")!.AddDriver("pull-up").Drive = PinDrive.Pull(true);
            world.Wire(a.FindPin($"PORTC.PIN{n}")!, b.FindPin($"PORTC.PIN{n}")!);
        }

        Assert.Equal(CpuStop.Exit, world.Run());
        Assert.Equal((0x5A, 2), (b.Register(20), b.Register(21))); // address, data
        Assert.Equal((0x60, 0x60), (a.Register(20) & 0x7C, a.Register(21) & 0x7C)); // WIF and CLKHOLD, acknowledged, nothing lost
        Assert.True(b.IsAsleep);
        Assert.InRange(b.SleepPicoseconds, b.Timeline.Picoseconds * 95 / 100, b.Timeline.Picoseconds);
        Assert.InRange(b.SleepCycles, 1, 20); // in power-down clk_PER stands
        Assert.Empty(a.Diagnostics.All);
        Assert.Empty(b.Diagnostics.All);
    }

    private sealed class Edges : ISignalProbe
    {
        public Edges(Signal signal) => signal.Watch(this);

        public List<(long Cycle, long Value)> List { get; } = [];

        public void OnSignal(Signal signal, long cycle, long value) => List.Add((cycle, value));
    }

    private sealed class Hash : ISignalProbe
    {
        public Hash(ATxmega128A1 chip)
        {
            foreach (Signal signal in chip.Signals.All) signal.Watch(this);
        }

        public long Count { get; private set; }

        public int Value { get; private set; }

        public void OnSignal(Signal signal, long cycle, long value)
        {
            Count++;
            Value = (((Value * 31) + signal.Name.GetHashCode(StringComparison.Ordinal)) * 31) + (int)((cycle * 1_000_003) ^ value);
        }
    }
}
