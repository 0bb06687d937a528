using Xmega.Ports;
using Xmega.State;
using Xmega.Time;
using Xmega.Workbench.Parts;
using Xunit;

namespace Xmega.Workbench.Tests.Parts;

/// <summary>I²C devices, spoken to over the two lines only.</summary>
public class TwoWireParts
{
    private readonly ATxmega128A1 _chip = new();
    private readonly TwoWirePins _pins;
    private readonly PinDriver _sda;
    private readonly PinDriver _scl;

    public TwoWireParts()
    {
        _pins = new TwoWirePins(_chip.FindPin("PORTC.PIN0")!, _chip.FindPin("PORTC.PIN1")!);
        (_sda, _scl) = (_pins.Sda.AddDriver("master"), _pins.Scl.AddDriver("master"));
    }

    [Fact]
    public void Writing_wraps_in_its_page_begins_with_STOP_and_is_deaf_for_5_ms()
    {
        var eeprom = new TwoWireEeprom(_chip, _pins, 256);
        Assert.True(Write(0x50, 0x01, 0x3E, 1, 2, 3));
        Assert.Equal(3, eeprom.Content.Span[0x100]);
        Assert.Equal([1, 2], eeprom.Content.Span.Slice(0x13E, 2).ToArray());
        Assert.False(Write(0x50));
        Wait(9_990);
        Assert.False(Write(0x50));
        Wait(10);
        Assert.True(Write(0x50, 0x01, 0x3F));
        Assert.Equal([2, 0xFF], Read(0x50, 2)); // reading goes on into the next page
        Assert.False(Write(0x51));
    }

    [Fact]
    public void Another_START_forgets_what_was_to_be_written()
    {
        var eeprom = new TwoWireEeprom(_chip, _pins, 2);
        eeprom.Content.Span[7] = 0x77;
        Start();
        foreach (byte b in new byte[] { 0xA0, 7, 0x55 }) Assert.True(Put(b));
        Assert.Equal([0xFF], Read(0x50, 1));
        Assert.True(Write(0x50, 7));
        Assert.Equal([0x77], Read(0x50, 1));
    }

    [Fact]
    public void Reading_wraps_at_the_end_of_memory()
    {
        var eeprom = new TwoWireEeprom(_chip, _pins, 1);
        (eeprom.Content.Span[127], eeprom.Content.Span[0]) = (9, 8);
        Write(0x50, 127);
        Assert.Equal([9, 8], Read(0x50, 2));
    }

    [Fact]
    public void A_small_one_has_its_blocks_at_addresses_of_their_own()
    {
        var eeprom = new TwoWireEeprom(_chip, _pins, 16);
        Assert.True(Write(0x57, 0x10, 42));
        Assert.Equal(42, eeprom.Content.Span[0x710]);
    }

    [Fact]
    public void Write_protect_refuses_data_but_no_address()
    {
        Pin wp = _chip.FindPin("PORTC.PIN2")!;
        PinDriver protect = wp.AddDriver("test");
        protect.Drive = PinDrive.Strong(true);
        var eeprom = new TwoWireEeprom(_chip, _pins, 2, writeProtect: wp);
        Start();
        Assert.True(Put(0xA0));
        Assert.True(Put(1));
        Assert.False(Put(2));
        Stop();
        Assert.Equal(0xFF, eeprom.Content.Span[1]);
        Assert.True(Write(0x50)); // and is not busy
    }

    [Fact]
    public void A_thermometer_tells_half_degrees_and_keeps_its_thermostat()
    {
        Pin os = _chip.FindPin("PORTC.PIN2")!;
        os.AddDriver("pull-up").Drive = PinDrive.Pull(true);
        var lm75 = new TwoWireThermometer(_chip, _pins, 0x4A, os) { HalfDegrees = 43 };
        Assert.True(Write(0x4A, 0));
        Assert.Equal([21, 0x80], Read(0x4A, 2));
        lm75.HalfDegrees = -1;
        Assert.Equal([0xFF, 0x80], Read(0x4A, 2));
        Assert.True(Write(0x4A, 3, 30, 0x80)); // limits: 30.5 and 28
        Assert.True(Write(0x4A, 2, 28, 0));
        Assert.Equal([28, 0], Read(0x4A, 2));
        List<LogicLevel> levels = [];
        foreach (int half in new[] { 60, 61, 57, 56, 55 })
        {
            lm75.HalfDegrees = half;
            levels.Add(os.Level);
        }

        Assert.Equal([LogicLevel.High, LogicLevel.Low, LogicLevel.Low, LogicLevel.Low, LogicLevel.High], levels);
        Write(0x4A, 1, 1); // shut down: the last temperature stays
        lm75.HalfDegrees = 100;
        Write(0x4A, 0);
        Assert.Equal([27, 0x80], Read(0x4A, 2));
    }

    [Fact]
    public void A_stretched_clock_stays_low_as_long_as_said()
    {
        _ = new TwoWireEeprom(_chip, _pins, 2) { StretchPicoseconds = 20_000_000 };
        Start();
        foreach (bool bit in new[] { true, false, true, false, false, false, false, false, true }) Clock(bit);
        Let(_scl, true); // the master would go on
        Wait(39);
        Assert.Equal(LogicLevel.Low, _pins.Scl.Level);
        Wait(1);
        Assert.Equal(LogicLevel.High, _pins.Scl.Level);
    }

    [Fact]
    public void A_restored_EEPROM_goes_on_in_the_middle_of_a_byte_and_is_done_writing_when_it_would_have_been()
    {
        var eeprom = new TwoWireEeprom(_chip, _pins, 2);
        Start();
        foreach (byte b in new byte[] { 0xA0, 7 }) Assert.True(Put(b));
        for (int i = 7; i > 3; i--) Clock((0x5A & (1 << i)) != 0);
        Snapshot middle = _chip.Save();
        Finish();
        eeprom.Content.Span.Clear();
        _chip.Restore(middle);
        Assert.Equal(0xFF, eeprom.Content.Span[7]);
        Finish();

        void Finish()
        {
            for (int i = 3; i >= 0; i--) Clock((0x5A & (1 << i)) != 0);
            Assert.False(Clock(true));
            Stop();
            Assert.Equal(0x5A, eeprom.Content.Span[7]);
            Wait(9_990);
            Assert.False(Write(0x50));
            Wait(10);
            Assert.True(Write(0x50));
        }
    }

    [Theory]
    [InlineData("24c256", "24c256 needs sda=PIN, or the name of a bus")]
    [InlineData("24c256:TWIX", "'TWIX' is no I2C bus: write TWIC to TWIF")]
    [InlineData("24c256:TWIC,address=0x40", "'0x40' is no address of this part: 0x50 to 0x57, without the direction bit")]
    [InlineData("24c256:TWIC,adress=0x50", "'adress' is no option of 24c256: TWIx, sda=PIN, scl=PIN, address=N, pullup=no, stretch=TIME, wp=PIN, file=FILE, save=FILE")]
    [InlineData("24c256:TWIC,pullup=perhaps", "'pullup=perhaps': write pullup=no where the board has its own resistors")]
    [InlineData("25q80:SPIC,cs=PORTX.PIN0", "no pin 'PORTX.PIN0'; pins are PORTA.PIN0 to PORTR.PIN1")]
    [InlineData("25q80:USARTC0", "25q80 needs cs=PIN")]
    [InlineData("25q80:TWIC", "'TWIC' is no SPI bus: write SPIC to SPIF, or USARTC0 to USARTF1 for master SPI mode")]
    [InlineData("25q80:SPIC,file=no-such.bin", "no-such.bin: no such file")]
    [InlineData("lm75:TWIC,celsius=hot", "'hot' is not a temperature: -55 to 125")]
    [InlineData("lm75:TWIC,stretch=5cycles", "'5cycles' is not a time: write stretch=10us")]
    [InlineData("toaster:TWIC", "no part 'toaster'; see 'xmega parts'")]
    public void A_part_in_wrong_words_is_told_so(string text, string problem) =>
        Assert.Equal(problem, Assert.Throws<PartFormatException>(() => PartCatalogue.Attach(new ATxmega128A1(), text)).Message);

    [Fact]
    public void Every_part_of_the_catalogue_can_be_attached()
    {
        Assert.All(PartCatalogue.Kinds, kind => PartCatalogue.Attach(new ATxmega128A1(), $"{kind.Name}:{(kind.Options.StartsWith("SPI", StringComparison.Ordinal) ? "SPID" : "TWIE")}"));
        Assert.Equal(1 << 20, ((IMemoryPart)PartCatalogue.Attach(new ATxmega128A1(), "25q80:USARTD1,cs=PORTD.PIN4").Part).Content.Length);
    }

    private void Wait(long cycles)
    {
        Schedule schedule = _chip.Services.Schedule;
        schedule.AdvanceTo(schedule.Now + cycles);
    }

    private bool Write(int address, params byte[] bytes)
    {
        Start();
        bool answered = Put((byte)(address << 1));
        foreach (byte b in bytes) answered &= Put(b);
        Stop();
        return answered;
    }

    private byte[] Read(int address, int count)
    {
        Start();
        Assert.True(Put((byte)((address << 1) | 1)));
        byte[] bytes = new byte[count];
        for (int n = 0; n < count; n++)
        {
            for (int i = 0; i < 8; i++) bytes[n] = (byte)((bytes[n] << 1) | (Clock(true) ? 1 : 0));
            Clock(n == count - 1);
        }

        Stop();
        return bytes;
    }

    private void Start()
    {
        Let(_sda, true);
        Let(_scl, true);
        Let(_sda, false);
        Let(_scl, false);
    }

    private void Stop()
    {
        Let(_sda, false);
        Let(_scl, true);
        Let(_sda, true);
    }

    private bool Put(byte value)
    {
        for (int i = 7; i >= 0; i--) Clock((value & (1 << i)) != 0);
        return !Clock(true);
    }

    // One clock pulse; what the line was at while SCL was high.
    private bool Clock(bool bit)
    {
        Let(_sda, bit);
        Let(_scl, true);
        bool read = _pins.Sda.IsHigh;
        Let(_scl, false);
        return read;
    }

    private static void Let(PinDriver line, bool high) => line.Drive = high ? PinDrive.None : PinDrive.Strong(false);
}
