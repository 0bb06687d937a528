using Xmega.State;
using Xunit;

namespace Xmega.Testing.Tests;

/// <summary>The words of a firmware test, and what it says when the firmware is wrong.</summary>
public sealed class FirmwareTestTests
{
    [Fact]
    public void A_function_is_called_with_arguments_of_any_size_and_gives_its_result()
    {
        using FirmwareTest bench = Functions().RunUntilFunction("main");
        Assert.Equal(997, bench.Call("add", (short)1000, (short)-3).AsInt16);
        Assert.Equal(250, bench.Call("low", (byte)4, (byte)10).AsByte);
        Assert.Equal(-500_000, bench.Call("scale", (byte)5, -100_000).AsInt32);
        Assert.Equal(0x1_0000_0000, bench.Call("wide", 0xFFFF_FFFFL).AsInt64);
        Assert.Equal(1.75f, bench.Call("half", 3.5f).AsSingle);
        // ADD, ADC and a RET of five cycles.
        Assert.InRange(bench.Call("add", (short)1, (short)2).Cycles, 6, 9);
    }

    [Fact]
    public void A_call_leaves_the_program_where_it_was_and_keeps_what_it_did_to_memory()
    {
        using FirmwareTest bench = Functions().RunUntilFunction("main");
        long counter = bench.Variable("counter");
        (int pc, ushort sp, byte sreg) = (bench.Chip.ProgramCounter, bench.Chip.StackPointer, bench.Chip.StatusRegister);
        bench.Call("low", (byte)1, (byte)1);
        Assert.Equal(counter + 1, bench.Variable("counter"));
        Assert.Equal((pc, sp, sreg), (bench.Chip.ProgramCounter, bench.Chip.StackPointer, bench.Chip.StatusRegister));
    }

    [Fact]
    public void A_function_that_does_not_return_says_where_it_is_and_what_happened_last()
    {
        using FirmwareTest bench = Functions().RunUntilFunction("main").RunFor("50us");
        string message = Assert.Throws<FirmwareTestException>(() => bench.Call("forever")).Message;
        Assert.StartsWith("expected forever() to return within 1s, and it did not come\n  at ", message, StringComparison.Ordinal);
        Assert.Contains(" in forever", message, StringComparison.Ordinal);
        Assert.Contains("(functions.c:", message, StringComparison.Ordinal);
        Assert.Matches(@"\n +\d+ PORTE\.PIN0 = [01]$", message);
    }

    [Fact]
    public void A_sample_is_tested_by_its_text_and_its_interrupts()
    {
        using FirmwareTest bench = Sample("hello-usart").RunUntilText("\n", within: "100ms").ExpectNoDiagnostics();
        Assert.NotEqual("", bench.Text());
        bench.ExpectStackAtMost(200);
    }

    [Fact]
    public void A_test_cannot_pass_when_the_firmware_is_wrong()
    {
        using FirmwareTest bench = Sample("hello-usart");
        string message = Assert.Throws<FirmwareTestException>(() => bench.RunUntilText("Goodbye\n", within: "40ms")).Message;
        Assert.StartsWith("expected \"Goodbye\\n\" from USARTC0 within 40ms, and it did not come\n", message, StringComparison.Ordinal);
        Assert.Contains("\n  USARTC0 sent \"Hello from an ATxmega128A1\\n", message, StringComparison.Ordinal);
        Assert.Throws<FirmwareTestException>(() => bench.ExpectSignal("PORTE.PIN0", 1));
        Assert.Throws<FirmwareTestException>(() => bench.ExpectInterrupts("TCC0_OVF", 1));
        Assert.Throws<FirmwareTestException>(() => bench.ExpectStackAtMost(0));
    }

    [Fact]
    public void What_does_not_exist_is_named()
    {
        using FirmwareTest bench = Functions();
        Assert.StartsWith("the ATxmega128A1 has no pin PORTD.PIN9", Assert.Throws<ArgumentException>(() => bench.Drive("PORTD.PIN9", true)).Message, StringComparison.Ordinal);
        Assert.StartsWith("the ATxmega128A1 has no register TCC0.FOO", Assert.Throws<ArgumentException>(() => bench.Register("TCC0.FOO")).Message, StringComparison.Ordinal);
        Assert.Contains("has no function nothing", Assert.Throws<ArgumentException>(() => bench.Call("nothing")).Message, StringComparison.Ordinal);
        Assert.StartsWith("\"5\" is no time", Assert.Throws<ArgumentException>(() => bench.RunFor("5")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_booted_state_is_tried_with_many_futures()
    {
        using FirmwareTest bench = Functions().RunUntilFunction("main").Drive("PORTA.PIN0", false);
        Snapshot booted = bench.Save();
        for (byte future = 1; future < 20; future++)
        {
            bench.Restore(booted);
            for (int n = 0; n < future; n++) bench.Call("low", future, future);
            Assert.Equal(7 + future, bench.Variable("counter"));
        }
    }

    [Fact]
    public void Hundreds_of_machines_side_by_side_do_as_one_alone()
    {
        string alone = Run(0);
        string[] together = new string[200];
        Parallel.For(0, together.Length, n => together[n] = Run(n));
        Assert.All(together, one => Assert.Equal(alone, one));

        static string Run(int _)
        {
            using FirmwareTest bench = Sample("hello-usart").RunFor("5ms");
            return $"{bench.Text()} {bench.Chip.Cycle} {bench.Chip.Instructions} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bench.Save().ToArray()))}";
        }
    }

    internal static FirmwareTest Functions() => FirmwareTest.Load(Path.Combine(AppContext.BaseDirectory, "Fixtures", "functions.elf"));

    internal static FirmwareTest Sample(string name) => FirmwareTest.Load(Path.Combine(AppContext.BaseDirectory, "firmware-samples", name, $"{name}.hex"));
}
