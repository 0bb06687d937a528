using Xmega.Firmware;
using Xmega.Ports;
using Xmega.State;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.Snapshots;

/// <summary>What is no snapshot of this machine is refused with one line, and changes nothing.</summary>
public class SnapshotFileTests
{
    private const int LastByteOfHeader = 57;

    [Fact]
    public void A_file_gives_back_the_machine()
    {
        ATxmega128A1 chip = Blinking(out _);
        byte[] file = chip.Save().ToArray();
        Assert.InRange(file.Length, 100, 2_000);

        ATxmega128A1 other = Blinking(out _);
        other.SetRegister(5, 77);
        Snapshot snapshot = Snapshot.Read(file);
        Assert.Equal(chip.Cycle, snapshot.Cycle);
        other.Restore(snapshot);
        Assert.Equal([], StateDump.Differences(StateDump.Of(chip), StateDump.Of(other)));
    }

    [Theory]
    [InlineData(0, "blink.snap: not a snapshot: it does not begin with XMEGASNP")]
    [InlineData(8, "blink.snap: format version 254, this Xmega reads version 1; save it again")]
    [InlineData(12, "blink.snap: damaged: the CRC does not match; save it again")]
    [InlineData(LastByteOfHeader, "blink.snap: damaged: the CRC does not match; save it again")]
    public void A_changed_byte_is_found(int offset, string message)
    {
        byte[] file = Blinking(out _).Save().ToArray();
        file[offset] ^= 0xFF;
        Assert.Equal(message, Assert.Throws<SnapshotException>(() => Snapshot.Read(file, "blink.snap")).Message);
    }

    [Fact]
    public void Every_truncated_file_is_refused_with_one_line()
    {
        byte[] file = Blinking(out _).Save().ToArray();
        for (int length = 0; length < file.Length - 8; length += 7)
        {
            string message = Assert.Throws<SnapshotException>(() => Snapshot.Read(file.AsMemory(0, length), "cut.snap")).Message;
            Assert.StartsWith("cut.snap: ", message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
        }
    }

    [Fact]
    public void A_snapshot_of_another_firmware_changes_nothing()
    {
        Snapshot snapshot = new ATxmega128A1().Save();
        ATxmega128A1 chip = Blinking(out _);
        Refused(chip, snapshot, "the snapshot is of another firmware: load the one it was taken with first");
    }

    [Fact]
    public void A_snapshot_of_another_board_changes_nothing()
    {
        ATxmega128A1 chip = Blinking(out _);
        Snapshot snapshot = chip.Save();
        chip.FindPin("PORTA.PIN1")!.Join(chip.FindPin("PORTB.PIN2")!);
        chip.FindPin("PORTA.PIN1")!.AddDriver("button");
        Refused(chip, snapshot, "the snapshot is of another board: it has nothing around the chip; this one has PORTA.PIN1=PORTB.PIN2 driven by button");
    }

    [Fact]
    public void A_snapshot_of_another_version_of_the_fields_changes_nothing()
    {
        ATxmega128A1 chip = Blinking(out _);
        Snapshot saved = chip.Save();
        Refused(chip, new Snapshot(saved.State[..^200].ToArray(), [], saved.FirmwareHash, saved.Cycle, isFromFile: true), "the snapshot was saved by another version of Xmega: the saved state ends too early; save it again");
        Refused(chip, new Snapshot([.. saved.State.Span, 0], [], saved.FirmwareHash, saved.Cycle, isFromFile: true), "the snapshot was saved by another version of Xmega: the saved state is longer than the chip's; save it again");
    }

    [Fact]
    public void A_part_at_work_that_cannot_be_saved_is_named()
    {
        ATxmega128A1 chip = Blinking(out _);
        chip.CreateAction("metronome", Phase.World, () => { }).Book(chip.Cycle + 100);
        Assert.Equal("the part behind \"metronome\" is at work and cannot be saved: it has to be an IStateful that is attached to the chip", Assert.Throws<SnapshotException>(chip.Save).Message);
    }

    [Fact]
    public void A_running_chip_is_neither_saved_nor_restored()
    {
        ATxmega128A1 chip = Blinking(out _);
        Snapshot snapshot = chip.Save();
        Exception? save = null, restore = null;
        ScheduledAction inside = chip.CreateAction("inside", Phase.Limit, () =>
        {
            save = Record.Exception(chip.Save);
            restore = Record.Exception(() => chip.Restore(snapshot));
            chip.Stop();
        });
        inside.Book(chip.Cycle + 100);
        chip.Run();
        Assert.IsType<InvalidOperationException>(save);
        Assert.IsType<InvalidOperationException>(restore);
    }

    [Fact]
    public void Flash_that_was_written_since_is_part_of_it()
    {
        ATxmega128A1 chip = Blinking(out FirmwareImage image);
        Snapshot before = chip.Save();
        chip.Program.Write(0x1234, [1, 2, 3]);
        Snapshot after = chip.Save();
        chip.Program.Write(0x8000, [9]);
        chip.Restore(before);
        Assert.Equal(0xFF, chip.Program.Read(0x1234));
        Assert.Equal(0xFF, chip.Program.Read(0x8000));
        var other = new ATxmega128A1();
        other.Load(image);
        other.Restore(after);
        Assert.Equal([1, 2, 3, 0xFF], other.Program.Span[0x1234..0x1238].ToArray());
    }

    [Fact]
    public void A_fork_keeps_the_drives_on_its_pins_and_lives_alone()
    {
        ATxmega128A1 chip = Blinking(out _);
        PinDriver driver = chip.FindPin("PORTA.PIN3")!.AddDriver("switch");
        driver.Drive = PinDrive.Strong(true);
        chip.FindPin("PORTA.PIN3")!.Join(chip.FindPin("PORTF.PIN1")!);
        ATxmega128A1 fork = chip.Fork();
        driver.Drive = PinDrive.Strong(false);
        Assert.Equal(LogicLevel.High, fork.FindPin("PORTF.PIN1")!.Level);
        fork.SetRegister(3, 33);
        Assert.NotEqual(33, chip.Register(3));

        fork.Retire();
        ATxmega128A1 again = chip.Fork();
        Assert.Same(fork, again);
        Assert.Equal(LogicLevel.Low, again.FindPin("PORTF.PIN1")!.Level);
        Assert.NotEqual(33, again.Register(3));
    }

    private static void Refused(ATxmega128A1 chip, Snapshot snapshot, string message)
    {
        IReadOnlyDictionary<string, string> before = StateDump.Of(chip);
        Assert.Equal(message, Assert.Throws<SnapshotException>(() => chip.Restore(snapshot)).Message);
        Assert.Equal([], StateDump.Differences(before, StateDump.Of(chip)));
    }

    // ldi r16, 1; loop: inc r16; out GPIOR0, r16; rjmp loop
    private static ATxmega128A1 Blinking(out FirmwareImage image)
    {
        image = FirmwareImage.Load(":0800000001E0039500BBFDCFF8\n:00000001FF\n"u8.ToArray(), "blink.hex");
        var chip = new ATxmega128A1();
        chip.Load(image);
        for (int n = 0; n < 50; n++) chip.Step();
        return chip;
    }
}
