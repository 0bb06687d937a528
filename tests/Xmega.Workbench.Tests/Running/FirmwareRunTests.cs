using System.Text;
using Xmega.Firmware;
using Xmega.Workbench.Running;
using Xmega.Workbench.Stimulus;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Running;

/// <summary>How runs end, and what they then say.</summary>
public class FirmwareRunTests
{
    private static readonly string[] Forever = ["loop:", "nop", "rjmp loop"]; // 3 cycles a turn
    private static readonly string[] Asleep = ["ldi r16, 1", "sts 0x0048, r16", "sleep", "loop:", "rjmp loop"];

    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 7)]
    [InlineData(119, 119)]
    [InlineData(120, 119)]
    [InlineData(255, 119)]
    public void Exit_gives_the_firmware_s_status_up_to_119(int status, int expected)
    {
        RunResult run = Run([$"ldi r24, {status}", "ldi r25, 1", "cli", "end:", "rjmp end"]);
        Assert.Equal((StopReason.Exit, expected), (run.Stop, run.ExitCode));
    }

    [Fact]
    public void A_jump_to_itself_with_interrupts_on_is_no_exit() =>
        Assert.Equal(StopReason.Timeout, Run(["sei", "end:", "rjmp end"], new RunOptions { Timeout = Cycles(1000) }).Stop);

    [Fact]
    public void Break_ends_the_run()
    {
        RunResult run = Run(["ldi r24, 9", "nop", "break"]);
        Assert.Equal((StopReason.Break, 0), (run.Stop, run.ExitCode));
        Assert.Equal((2 + 1, 3, 6), (run.Cycles, run.Instructions, run.ProgramCounter));
    }

    [Fact]
    public void Sleep_that_nothing_can_end_ends_the_run()
    {
        RunResult run = Run(Asleep);
        Assert.Equal((StopReason.Sleep, 0), (run.Stop, run.ExitCode));
    }

    [Theory]
    [InlineData(null, StopReason.Fault, 126)]
    [InlineData(50, StopReason.For, 0)]
    public void A_lost_clock_is_a_fault_unless_a_time_was_asked_for(int? milliseconds, StopReason stop, int status)
    {
        FirmwareImage image = Programs.Assemble(["ldi r16, 9", "sts 0x0050, r16", "ldi r17, 0xD8", "ldi r18, 3", "rcall wait", "out 0x34, r17", "sts 0x0040, r18", .. Forever, "wait:", "ldi r19, 50", "again:", "dec r19", "brne again", "ret"]);
        ATxmega128A1 chip = Programs.Chip(image);
        _ = new StimulusPlayer(chip, StimulusFile.Parse("0 XTAL 8MHz\n10ms XTAL 0Hz", "in.txt", chip), "test");
        RunResult run = new FirmwareRun(chip, image, new RunOptions { For = milliseconds is { } n ? new EmulatedTime(n * 1_000_000_000L, InCycles: false) : null }).Run();
        Assert.Equal((stop, status), (run.Stop, run.ExitCode));
        Assert.InRange(run.Cycles, 79_000, 80_000);
        Assert.InRange(run.Picoseconds, (milliseconds ?? 10) * 1_000_000_000L, ((milliseconds ?? 10) * 1_000_000_000L) + 1_000_000);
        Assert.Contains("XOSCFDEN", Assert.Single(run.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sleep_goes_on_when_a_time_was_asked_for()
    {
        RunResult run = Run(Asleep, new RunOptions { For = Cycles(1000) });
        Assert.Equal((StopReason.For, 0), (run.Stop, run.ExitCode));
        Assert.Equal(1000, run.Cycles);
        Assert.InRange(run.SleepCycles, 990, 1000);
    }

    [Fact]
    public void A_second_run_of_the_same_chip_counts_from_its_own_start()
    {
        FirmwareImage image = Programs.Assemble(Asleep);
        ATxmega128A1 chip = Programs.Chip(image);
        RunResult first = new FirmwareRun(chip, image, new RunOptions { For = Cycles(1000) }).Run();
        RunResult second = new FirmwareRun(chip, image, new RunOptions { For = Cycles(500) }).Run();
        Assert.Equal((500, 500, 0, 250_000_000), (second.Cycles, second.SleepCycles, second.Instructions, second.Picoseconds));
        Assert.True(first.Instructions > 0);
    }

    [Fact]
    public void A_runs_limits_end_with_it()
    {
        FirmwareImage image = Programs.Assemble(Asleep);
        ATxmega128A1 chip = Programs.Chip(image);
        new FirmwareRun(chip, image, new RunOptions { For = Cycles(1000), Timeout = Cycles(1200) }).Run();
        chip.Save(); // refuses while something around the chip is booked
        RunResult second = new FirmwareRun(chip, image, new RunOptions { For = Cycles(500) }).Run();
        Assert.Equal((StopReason.For, 500), (second.Stop, second.Cycles));
    }

    [Theory]
    [InlineData(999)]
    [InlineData(3000)]
    public void For_some_cycles_takes_exactly_those(long cycles)
    {
        RunResult run = Run(["loop:", "rjmp next", "next:", "rjmp .+0", "nop", "rjmp loop"], new RunOptions { For = Cycles(cycles) });
        Assert.Equal((StopReason.For, 0), (run.Stop, run.ExitCode));
        Assert.InRange(run.Cycles, cycles, cycles + 1); // an instruction of two cycles is not cut in half
    }

    [Fact]
    public void For_some_time_counts_time()
    {
        RunResult run = Run(Forever, new RunOptions { For = new EmulatedTime(150_000_000, false) });
        Assert.Equal((StopReason.For, 300, 150_000_000), (run.Stop, run.Cycles, run.Picoseconds));
    }

    [Fact]
    public void The_limit_is_a_failure_unless_the_asked_time_comes_first()
    {
        Assert.Equal((StopReason.Timeout, 124), Ending(Run(Forever, new RunOptions { Timeout = Cycles(300) })));
        Assert.Equal((StopReason.For, 0), Ending(Run(Forever, new RunOptions { Timeout = Cycles(600), For = Cycles(300) })));
        Assert.Equal((StopReason.Timeout, 124), Ending(Run(Forever, new RunOptions { Timeout = Cycles(300), For = Cycles(600) })));
    }

    [Fact]
    public void A_signal_that_takes_the_value_ends_the_run()
    {
        string[] toggles = ["ldi r16, 1", "sts 0x0641, r16", "loop:", "sts 0x0647, r16", "rjmp loop"];
        FirmwareImage image = Programs.Assemble(toggles);
        foreach ((long? value, long cycles) in new (long?, long)[] { (null, 3), (0, 3), (1, 5) })
        {
            ATxmega128A1 chip = Programs.Chip(image);
            RunResult run = new FirmwareRun(chip, image, new RunOptions { Until = [new SignalCondition(chip.Signals.Find("PORTC.PIN0")!, value)] }).Run();
            Assert.Equal((StopReason.Until, 0), Ending(run));
            Assert.InRange(run.Cycles, cycles, cycles + 2); // up to the end of the instruction after
            Assert.False(chip.Signals.Find("PORTC.PIN0")!.IsWatched);
        }
    }

    [Fact]
    public void Execution_outside_flash_is_a_fault()
    {
        RunResult run = Run(["ldi r30, 0x00", "ldi r31, 0x80", "ldi r16, 1", "out 0x3C, r16", "eijmp"]); // word 0x18000
        Assert.Equal((StopReason.Fault, 126), Ending(run));
        Assert.Contains("past the end of flash", Assert.Single(run.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_diagnostic_is_a_fault_only_when_strict()
    {
        string[] illegal = [".word 0x00FF", "nop", "nop", "break"];
        RunResult lenient = Run(illegal), strict = Run(illegal, new RunOptions { Strict = true });
        Assert.Equal((StopReason.Break, 0), Ending(lenient));
        Assert.Single(lenient.Diagnostics);
        Assert.Equal((StopReason.Fault, 126), Ending(strict));
        Assert.True(strict.Instructions < lenient.Instructions);
    }

    [Fact]
    public void The_text_that_was_expected_ends_the_run_however_it_is_cut()
    {
        FirmwareImage hello = Programs.Sample("hello-usart");
        RunResult run = Run(hello, new RunOptions { ExpectText = ["from an", "ATxmega128A1\ndev", "o f"] });
        Assert.Equal((StopReason.Text, 0), Ending(run));
        Assert.Empty(run.MissingText);
        Assert.EndsWith("dev", Encoding.ASCII.GetString(run.Usart["USARTC0"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_does_not_come_is_a_failure_that_names_it()
    {
        RunResult run = Run(Programs.Sample("hello-usart"), new RunOptions { ExpectText = ["Hello", "good-bye"] });
        Assert.Equal((StopReason.Exit, 1), Ending(run));
        Assert.Equal(["good-bye"], run.MissingText);
    }

    [Fact]
    public void A_text_that_must_not_come_ends_the_run()
    {
        RunResult run = Run(Programs.Sample("hello-usart"), new RunOptions { FailText = ["never", "from an A"], ExpectText = ["Hello"] });
        Assert.Equal(StopReason.Text, run.Stop); // what came first
        run = Run(Programs.Sample("hello-usart"), new RunOptions { FailText = ["never", "from an A"] });
        Assert.Equal((StopReason.FailText, 1), Ending(run));
        Assert.Equal("Hello from an A", Encoding.ASCII.GetString(run.Usart["USARTC0"]));
    }

    [Fact]
    public void The_highest_status_wins() =>
        Assert.Equal((StopReason.Timeout, 124), Ending(Run(Forever, new RunOptions { Timeout = Cycles(100), ExpectText = ["never"] })));

    [Fact]
    public void A_run_can_be_cancelled_before_it_begins()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Equal((StopReason.Cancelled, 0), Ending(Run(Forever, new RunOptions { Cancellation = source.Token })));
    }

    [Fact]
    public void Two_runs_are_equal_and_every_byte_is_heard_as_it_is_sent()
    {
        var heard = new List<byte>();
        RunResult a = Run(Programs.Sample("hello-usart"), new RunOptions { UsartByte = (usart, value) => heard.Add(usart == "USARTC0" ? value : (byte)0) });
        RunResult b = Run(Programs.Sample("hello-usart"), new RunOptions());
        Assert.Equal(a.Usart["USARTC0"], heard);
        Assert.Equal((a.Cycles, a.Instructions, a.Picoseconds, a.StackLowest), (b.Cycles, b.Instructions, b.Picoseconds, b.StackLowest));
    }

    private static (StopReason Stop, int Status) Ending(RunResult run) => (run.Stop, run.ExitCode);

    private static EmulatedTime Cycles(long cycles) => new(cycles, true);

    private static RunResult Run(string[] program, RunOptions? options = null) => Run(Programs.Assemble(program), options ?? new RunOptions());

    private static RunResult Run(FirmwareImage image, RunOptions options) => new FirmwareRun(Programs.Chip(image), image, options).Run();
}
