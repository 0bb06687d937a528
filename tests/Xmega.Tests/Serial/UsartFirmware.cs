using Xmega.Ports;
using Xmega.Signals;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;
using static Xmega.Tests.Serial.UsartBench;

namespace Xmega.Tests.Serial;

public class UsartFirmware
{
    private sealed class Recorder : ISignalProbe
    {
        public List<(long Cycle, long Value)> Seen { get; } = [];

        public void OnSignal(Signal signal, long cycle, long value) => Seen.Add((cycle, value));
    }

    [Fact]
    public void A_polling_program_says_Hi()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(
            "ldi r16, 8", "sts 0x0641, r16", "sts 0x0645, r16", // PORTC.DIRSET, OUTSET
            "ldi r16, 1", "sts 0x08A6, r16",                    // BSEL 1: a bit is 32 cycles
            "ldi r16, 8", "sts 0x08A4, r16",                    // TXEN
            "ldi r17, 72", "rcall send", "ldi r17, 105", "rcall send",
            "wait:", "lds r16, 0x08A1", "sbrs r16, 6", "rjmp wait", "break",
            "send:", "lds r16, 0x08A1", "sbrs r16, 5", "rjmp send", "sts 0x08A0, r17", "ret");
        var sent = new Recorder();
        chip.Signals.Find("USARTC0.TX")!.Watch(sent);
        AssemblyProgram.Run(chip);
        Assert.Equal("Hi", new string([.. sent.Seen.Select(s => (char)s.Value)]));
        Assert.Equal(10 * 32, sent.Seen[1].Cycle - sent.Seen[0].Cycle);
        // TXCIF comes 10 bits after the second start; the loop finds it within its six cycles and BREAK.
        Assert.InRange(chip.Cycle, sent.Seen[1].Cycle + 320, sent.Seen[1].Cycle + 330);
    }

    [Fact]
    public void Interrupts_send_and_end_a_text()
    {
        // DRE at low level sends r18 characters from 'a' on and then switches itself off; TXC ends the program.
        string[] vectors = [.. Enumerable.Repeat("nop", 2 * 27)];
        vectors[0] = "rjmp start";
        vectors[2 * 26] = "rjmp dre";
        ATxmega128A1 chip = AssemblyProgram.Chip(
            [.. vectors, "break", // USARTC0_TXC
            "start:",
            "ldi r16, 8", "sts 0x0641, r16", "sts 0x08A4, r16", // DIRSET, TXEN
            "ldi r17, 97", "ldi r18, 5",
            "ldi r16, 0x09", "sts 0x08A3, r16",                  // TXC at medium, DRE at low level
            "ldi r16, 7", "sts 0x00A2, r16", "sei",
            "loop:", "rjmp loop",
            "dre:", "sts 0x08A0, r17", "inc r17", "dec r18", "brne back", "ldi r16, 8", "sts 0x08A3, r16", "back:", "reti"]);
        var sent = new Recorder();
        chip.Signals.Find("USARTC0.TX")!.Watch(sent);
        AssemblyProgram.Run(chip);
        Assert.Equal("abcde", new string([.. sent.Seen.Select(s => (char)s.Value)]));
        // 160 cycles a frame leave the handler time: no gap anywhere.
        Assert.All(sent.Seen.Zip(sent.Seen.Skip(1)), pair => Assert.Equal(160, pair.Second.Cycle - pair.First.Cycle));
        Assert.Equal(5, chip.Interrupts.Lines.Single(l => l.Name == "USARTC0_DRE").Count);
        Assert.Equal(1, chip.Interrupts.Lines.Single(l => l.Name == "USARTC0_TXC").Count);
        Assert.Equal(0x20, chip.Data.Io.Peek(0x08A1)); // the vector cleared TXCIF
    }

    [Fact]
    public void An_echo_by_interrupt_answers_every_character()
    {
        string[] vectors = [.. Enumerable.Repeat("nop", 2 * 25)];
        vectors[0] = "rjmp start";
        ATxmega128A1 chip = AssemblyProgram.Chip(
            [.. vectors, "lds r20, 0x08A0", "sts 0x08A0, r20", "inc r21", "reti", // USARTC0_RXC
            "start:",
            "ldi r16, 8", "sts 0x0641, r16",
            "ldi r16, 0x18", "sts 0x08A4, r16",
            "ldi r16, 0x10", "sts 0x08A3, r16", "ldi r16, 1", "sts 0x00A2, r16", "sei",
            "loop:", "cpi r21, 3", "brne loop", "cli", "break"]);
        var echo = new Recorder();
        chip.Signals.Find("USARTC0.TX")!.Watch(echo);
        // USARTD0 would be a second program; its part is played by a driver that books the edges of three characters.
        var rxd = chip.FindPin("PORTC.PIN2")!.AddDriver("test");
        rxd.Drive = PinDrive.Strong(true);
        string levels = string.Concat("xyz".Select(c => "0" + string.Concat(Enumerable.Range(0, 8).Select(b => (c >> b) & 1)) + "1"));
        int place = 0;
        ScheduledAction? edge = null;
        edge = chip.Services.Schedule.Create("edge", Phase.World, () =>
        {
            rxd.Drive = PinDrive.Strong(levels[place++] == '1');
            if (place < levels.Length) edge!.Book(chip.Services.Schedule.Now + 16);
        });
        edge.Book(100);
        AssemblyProgram.Run(chip);
        Assert.Equal("xy", new string([.. echo.Seen.Take(2).Select(s => (char)s.Value)]));
        Assert.Equal(3, chip.Interrupts.Lines.Single(l => l.Name == "USARTC0_RXC").Count);
        Assert.Equal((byte)'z', chip.Register(20));
    }

    [Fact]
    public void A_receive_request_lasts_until_the_data_is_read()
    {
        Bench bench = Bench().Wire("PORTC.PIN3", "PORTC.PIN2").Write("PMIC.CTRL", 7).Write("USARTC0.CTRLA", 0x30).Write("USARTC0.CTRLB", RXEN | TXEN).Write("USARTC0.DATA", 1);
        bench.Advance(100);
        Assert.Equal(0, bench.Chip.Interrupts.PendingVector);
        bench.Advance(200);
        Assert.Equal(25, bench.Chip.Interrupts.PendingVector);
        bench.Read("USARTC0.STATUS");
        Assert.Equal(25, bench.Chip.Interrupts.PendingVector);
        bench.Read("USARTC0.DATA");
        Assert.Equal(0, bench.Chip.Interrupts.PendingVector);
    }

    [Fact]
    public void The_empty_register_requests_from_reset_on_until_data_is_written()
    {
        Bench bench = new Bench().Write("PMIC.CTRL", 7).Write("USARTD1.CTRLA", 0x02);
        Assert.Equal(92, bench.Chip.Interrupts.PendingVector);
        bench.Write("USARTD1.DATA", 0);
        Assert.Equal(0, bench.Chip.Interrupts.PendingVector);
        bench.Write("USARTD1.CTRLB", TXEN).Advance(1);
        Assert.Equal(92, bench.Chip.Interrupts.PendingVector);
        bench.Write("USARTD1.CTRLA", 0);
        Assert.Equal(0, bench.Chip.Interrupts.PendingVector);
    }
}
