using System.Text;
using Xmega.Ports;
using Xmega.Time;
using Xmega.Workbench.Parts;
using Xunit;

namespace Xmega.Workbench.Tests.Parts;

/// <summary>Serial memories, spoken to over their pins only, in both of the modes they know.</summary>
public class SpiParts
{
    private const int MicrosecondsCycles = 2; // at 2 MHz

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_flash_says_who_it_is(int mode)
    {
        var bus = new Master(mode);
        _ = new SpiFlash(bus.Chip, bus.Pins, 1 << 20);
        Assert.Equal([0xEF, 0x40, 0x14], bus.Transfer([0x9F], 3));
        Assert.Equal([0xEF, 0x13, 0xEF], bus.Transfer([0x90, 0, 0, 0], 3));
        Assert.Equal(LogicLevel.Floating, bus.Pins.Miso.Level);
    }

    [Fact]
    public void Programming_clears_bits_only_wraps_in_its_page_and_takes_its_time()
    {
        var bus = new Master(0);
        var flash = new SpiFlash(bus.Chip, bus.Pins, 1 << 20);
        bus.Transfer([0x02, 0, 1, 0xFE, 1, 2, 3]);
        Assert.Equal(0xFF, flash.Content.Span[0x1FE]); // no write enable

        bus.Transfer([0x06]);
        Assert.Equal([0x02], bus.Transfer([0x05], 1));
        bus.Transfer([0x02, 0, 1, 0xFE, 0x0F, 2, 3, 4]);
        Assert.Equal([0x03, 0x03], bus.Transfer([0x05], 2));
        Assert.Equal([0xFF], bus.Transfer([0x03, 0, 1, 0xFE], 1)); // busy: it does not hear
        bus.Wait(700 * MicrosecondsCycles);
        Assert.Equal([0x00], bus.Transfer([0x05], 1));
        Assert.Equal([0x0F, 2], bus.Transfer([0x03, 0, 1, 0xFE], 2));
        Assert.Equal([3, 4, 0xFF], bus.Transfer([0x0B, 0, 1, 0, 0], 3));

        bus.Transfer([0x06]);
        bus.Transfer([0x02, 0, 1, 0xFE, 0xF3]);
        bus.Wait(700 * MicrosecondsCycles);
        Assert.Equal(0x03, flash.Content.Span[0x1FE]);
    }

    [Theory]
    [InlineData(0x20, 0x1000, 45)]
    [InlineData(0x52, 0x8000, 120)]
    [InlineData(0xD8, 0x10000, 150)]
    public void Erasing_takes_a_whole_sector(byte command, int size, int milliseconds)
    {
        var bus = new Master(0);
        var flash = new SpiFlash(bus.Chip, bus.Pins, 1 << 20);
        flash.Content.Span.Clear();
        bus.Transfer([0x06]);
        bus.Transfer([command, 0x02, 0x34, 0x56]);
        bus.Wait((milliseconds * 1000 * MicrosecondsCycles) - 100);
        Assert.Equal(1, bus.Transfer([0x05], 1)[0] & 1);
        bus.Wait(100);
        Assert.Equal(0, bus.Transfer([0x05], 1)[0]);
        int start = 0x023456 & ~(size - 1);
        Assert.Equal(size, flash.Content.Span.Count((byte)0xFF));
        Assert.Equal(-1, flash.Content.Span.Slice(start, size).IndexOf((byte)0));
    }

    [Fact]
    public void A_command_cut_within_a_byte_does_nothing()
    {
        var bus = new Master(0);
        var flash = new SpiFlash(bus.Chip, bus.Pins, 1 << 20);
        bus.Transfer([0x06]);
        bus.Select(true);
        foreach (byte b in new byte[] { 0x02, 0, 0, 0, 0 }) bus.Exchange(b);
        bus.Exchange(0, bits: 3);
        bus.Select(false);
        Assert.Equal(0xFF, flash.Content.Span[0]);
        Assert.Equal([0x02], bus.Transfer([0x05], 1));
    }

    [Fact]
    public void Protection_and_power_down_hold()
    {
        var bus = new Master(0);
        var flash = new SpiFlash(bus.Chip, bus.Pins, 1 << 20);
        bus.Transfer([0x06]);
        bus.Transfer([0x01, 0x04]); // the upper sixteenth
        bus.Wait(10_000 * MicrosecondsCycles);
        foreach (byte block in new byte[] { 0x0E, 0x0F })
        {
            bus.Transfer([0x06]);
            bus.Transfer([0x02, block, 0, 0, 0]);
            bus.Wait(700 * MicrosecondsCycles);
        }

        Assert.Equal((0, 0xFF), (flash.Content.Span[0x0E0000], flash.Content.Span[0x0F0000]));
        bus.Transfer([0xB9]);
        Assert.Equal([0xFF], bus.Transfer([0x9F], 1)); // silent: the bus floats, and is pulled up
        bus.Transfer([0xAB]);
        Assert.Equal([0xEF], bus.Transfer([0x9F], 1));
    }

    [Fact]
    public void A_DataFlash_fills_one_buffer_while_the_other_is_programmed()
    {
        var bus = new Master(3);
        var flash = new DataFlash(bus.Chip, bus.Pins, 4);
        Assert.Equal([0x1F, 0x24, 0x00, 0x00], bus.Transfer([0x9F], 4));
        Assert.Equal([0x9C], bus.Transfer([0xD7], 1));
        bus.Transfer([0x84, 0, 0x01, 0x06, .. "abc"u8]); // buffer 1 from 262 on: wraps after two
        bus.Transfer([0x83, 0, 3 << 1, 0]);
        Assert.Equal([0x1C], bus.Transfer([0xD7], 1));
        bus.Transfer([0x87, 0, 0, 0, .. "xyz"u8]); // buffer 2 meanwhile
        bus.Transfer([0x88, 0, 5 << 1, 0]); // not while it is busy
        bus.Wait(14_000 * MicrosecondsCycles);
        Assert.Equal([0x9C], bus.Transfer([0xD7], 1));
        Assert.Equal("c", Text(flash, 3, 0, 1));
        Assert.Equal("ab", Text(flash, 3, 262, 2));
        bus.Transfer([0x89, 0, 4 << 1, 0]);
        bus.Wait(2_000 * MicrosecondsCycles);
        Assert.Equal("abx"u8.ToArray(), bus.Transfer([0x03, 0, (3 << 1) | 1, 0x06], 3)); // over the end of the page
        bus.Transfer([0x53, 0, 4 << 1, 0]);
        bus.Wait(200 * MicrosecondsCycles);
        Assert.Equal("xyz"u8.ToArray(), bus.Transfer([0xD4, 0, 0, 0, 0], 3));
        bus.Transfer([0x61, 0, 3 << 1, 0]);
        bus.Wait(200 * MicrosecondsCycles);
        Assert.Equal([0xDC], bus.Transfer([0xD7], 1)); // different
        bus.Transfer([0x81, 0, 3 << 1, 0]);
        bus.Wait(13_000 * MicrosecondsCycles);
        Assert.Equal(0xFF, flash.Content.Span[3 * 264]);
    }

    private static string Text(DataFlash flash, int page, int offset, int length) => Encoding.ASCII.GetString(flash.Content.Span.Slice((page * flash.PageSize) + offset, length));

    /// <summary>An SPI master that is no part of the chip: it drives the pins by hand.</summary>
    private sealed class Master
    {
        private readonly PinDriver _cs;
        private readonly PinDriver _sck;
        private readonly PinDriver _mosi;
        private readonly bool _idle;

        public Master(int mode)
        {
            Pins = new SpiPins(Chip.FindPin("PORTC.PIN4")!, Chip.FindPin("PORTC.PIN7")!, Chip.FindPin("PORTC.PIN5")!, Chip.FindPin("PORTC.PIN6")!);
            (_cs, _sck, _mosi) = (Pins.Cs.AddDriver("master"), Pins.Sck.AddDriver("master"), Pins.Mosi.AddDriver("master"));
            _idle = mode == 3;
            _sck.Drive = PinDrive.Strong(_idle);
            _cs.Drive = PinDrive.Strong(true);
        }

        public ATxmega128A1 Chip { get; } = new();

        public SpiPins Pins { get; }

        public void Wait(long cycles)
        {
            Schedule schedule = Chip.Services.Schedule;
            schedule.AdvanceTo(schedule.Now + cycles);
        }

        public void Select(bool selected) => _cs.Drive = PinDrive.Strong(!selected);

        public byte[] Transfer(byte[] command, int answer = 0)
        {
            Select(true);
            foreach (byte b in command) Exchange(b);
            byte[] answers = new byte[answer];
            for (int i = 0; i < answer; i++) answers[i] = Exchange(0);
            Select(false);
            return answers;
        }

        public byte Exchange(byte value, int bits = 8)
        {
            int read = 0;
            for (int i = 7; i > 7 - bits; i--)
            {
                if (_idle) _sck.Drive = PinDrive.Strong(false);
                _mosi.Drive = PinDrive.Strong((value & (1 << i)) != 0);
                _sck.Drive = PinDrive.Strong(true);
                read = (read << 1) | (Pins.Miso.Level != LogicLevel.Low ? 1 : 0);
                if (!_idle) _sck.Drive = PinDrive.Strong(false);
            }

            return (byte)read;
        }
    }
}
