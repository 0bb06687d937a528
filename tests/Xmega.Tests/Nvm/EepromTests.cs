using CsCheck;
using Xmega.Memory;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Nvm;

/// <summary>EEPROM, fuses, lock bits and CRC by command, with CMDEX; busy times, interrupts (nvm.md 2, 4 to 6).</summary>
public class EepromTests
{
    private const int Phase = 12_000; // 6 ms at 2 MHz
    private const byte NVMBUSY = 0x80;
    private const byte EELOAD = 0x02;

    private readonly Bench _bench = new();

    private Span<byte> Cells => _bench.Chip.Data.EepromSpan;

    [Fact]
    public void Bytes_loaded_through_DATA0_are_written_to_the_addressed_page_and_no_others()
    {
        Cells[0x45] = 0x12;
        Load(0x21, 0xA5);
        Load(0x3F, 0x5A);
        Assert.Equal(EELOAD, _bench.Read("NVM.STATUS"));
        Execute(0x35, 0x47);
        Assert.Equal(NVMBUSY | EELOAD, _bench.Read("NVM.STATUS"));
        _bench.Advance((2 * Phase) - 1);
        Assert.Equal(NVMBUSY | EELOAD, _bench.Read("NVM.STATUS"));
        _bench.Advance(1);
        Assert.Equal(0, _bench.Read("NVM.STATUS"));
        Assert.Equal((0xA5, 0x12, 0x5A, 0xFF), (Cells[0x41], Cells[0x45], Cells[0x5F], Cells[0x40]));
        Assert.Equal(2, Cells.ToArray().Count(b => b is 0xA5 or 0x5A));
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void Erase_takes_the_tagged_bytes_and_keeps_the_buffer_and_write_leaves_the_AND()
    {
        Cells.Slice(0x7E0, 4).Fill(0x0F);
        Load(0, 0x33);
        Load(1, 0x33);
        Execute(0x32, 0x7E0);
        _bench.Advance(Phase);
        Assert.Equal([0xFF, 0xFF, 0x0F, 0x0F], Cells.Slice(0x7E0, 4).ToArray());
        Assert.Equal(EELOAD, _bench.Read("NVM.STATUS"));
        Cells[0x7E0] = 0x0F;
        Execute(0x34, 0x7E0);
        _bench.Advance(Phase);
        Assert.Equal([0x03, 0x33, 0x0F, 0x0F], Cells.Slice(0x7E0, 4).ToArray());
        Assert.Equal(0, _bench.Read("NVM.STATUS"));
    }

    [Fact]
    public void ERASE_EEPROM_erases_the_tagged_bytes_of_every_page()
    {
        Cells.Clear();
        Load(3, 0);
        Execute(0x30, 0);
        _bench.Advance(Phase);
        for (int i = 0; i < Eeprom.Size; i++) Assert.Equal(i % 32 == 3 ? 0xFF : 0, Cells[i]);
    }

    [Fact]
    public void With_no_byte_tagged_nothing_changes_and_a_flush_forgets_the_tags()
    {
        Cells[0] = 1;
        Load(0, 0);
        Execute(0x36, 0);
        Assert.Equal(NVMBUSY, _bench.Read("NVM.STATUS"));
        _bench.Advance(1);
        Assert.Equal(0, _bench.Read("NVM.STATUS"));
        Execute(0x35, 0);
        _bench.Advance(2 * Phase);
        Assert.Equal(1, Cells[0]);
    }

    [Fact]
    public void A_byte_loaded_twice_holds_the_AND()
    {
        Load(7, 0xF0);
        Load(7, 0x3C);
        Execute(0x35, 0);
        _bench.Advance(2 * Phase);
        Assert.Equal(0x30, Cells[7]);
    }

    [Fact]
    public void READ_EEPROM_brings_a_byte_to_DATA0()
    {
        Cells[0x7A5] = 0x42;
        Execute(0x06, 0x7A5);
        Assert.Equal(0x42, _bench.Read("NVM.DATA0"));
        Assert.Equal(0, _bench.Read("NVM.STATUS"));
    }

    [Fact]
    public void While_mapped_the_commands_for_loading_and_reading_are_off_and_said_to_be()
    {
        _bench.Write("NVM.CTRLB", 0x08);
        Load(0, 0x12);
        Assert.Equal(0, _bench.Read("NVM.STATUS"));
        Cells[0] = 0x34;
        Execute(0x06, 0);
        Assert.Equal(0x12, _bench.Read("NVM.DATA0"));
        Assert.Contains("EEMAPEN is set", _bench.Chip.Diagnostics.All[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CMDEX_needs_CCP()
    {
        Load(0, 0);
        _bench.Write("NVM.CMD", 0x35).Write("NVM.CTRLA", 1);
        Assert.Equal(EELOAD, _bench.Read("NVM.STATUS"));
        Assert.Contains("0xD8 to CCP", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void While_busy_the_controllers_registers_ignore_writes_but_INTCTRL()
    {
        Load(0, 0);
        Execute(0x35, 0x20);
        _bench.Write("NVM.CMD", 0x06).Write("NVM.ADDR0", 1).Write("NVM.DATA0", 1).Write("NVM.CTRLB", 8).Write("NVM.INTCTRL", 0x0F);
        Assert.Equal((0x35, 0x20, 0, 0, 0x0F), (_bench.Read("NVM.CMD"), _bench.Read("NVM.ADDR0"), _bench.Read("NVM.DATA0"), _bench.Read("NVM.CTRLB"), _bench.Read("NVM.INTCTRL")));
        Assert.Equal(4, _bench.Chip.Diagnostics.All.Count);
        Assert.All(_bench.Chip.Diagnostics.All, d => Assert.Contains("NVMBUSY", d.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Busy_times_are_times_not_cycles()
    {
        Load(0, 0);
        Execute(0x34, 0);
        _bench.Advance(Phase / 2);
        _bench.Chip.Services.Timeline.SetFrequency(32_000_000, 1);
        _bench.Advance((16 * Phase / 2) - 1);
        Assert.Equal(NVMBUSY, _bench.Read("NVM.STATUS") & NVMBUSY);
        _bench.Advance(1);
        Assert.Equal(0, _bench.Read("NVM.STATUS"));
    }

    [Fact]
    public void A_load_from_mapped_EEPROM_waits_until_it_is_written()
    {
        ATxmega128A1 chip = AssemblyProgram.Run(
            "ldi r16, 8", "sts 0x01CC, r16", "ldi r16, 0x42", "sts 0x1123, r16", "ldi r16, 0x23", "sts 0x01C0, r16", "ldi r16, 1", "sts 0x01C1, r16",
            "ldi r16, 0x35", "sts 0x01CA, r16", "ldi r16, 0xD8", "ldi r17, 1", "sts 0x0034, r16", "sts 0x01CB, r17", "lds r18, 0x01CF", "lds r19, 0x1123", "lds r20, 0x01CF", "break");
        Assert.Equal(NVMBUSY | EELOAD, chip.Register(18));
        Assert.Equal(0x42, chip.Register(19));
        Assert.Equal(0, chip.Register(20));
        Assert.InRange(chip.Cycle, 2 * Phase, (2 * Phase) + 60);
    }

    [Fact]
    public void Fuses_are_read_with_or_without_CCP()
    {
        _bench.Chip.Fuses[4] = 0xF2;
        _bench.Write("NVM.ADDR0", 4).Write("NVM.CMD", 0x07).Write("NVM.CTRLA", 1);
        Assert.Equal(0xF2, _bench.Read("NVM.DATA0"));
        _bench.Write("NVM.ADDR0", 0).WriteProtected("NVM.CTRLA", 1);
        Assert.Equal(0x00, _bench.Read("NVM.DATA0"));
        _bench.Write("NVM.ADDR0", 6).WriteProtected("NVM.CTRLA", 1);
        Assert.Equal(0xFF, _bench.Read("NVM.DATA0"));
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void Lock_bits_go_from_1_to_0_only_and_take_both_page_buffers_with_them()
    {
        Load(0, 0);
        _bench.Write("NVM.DATA0", 0xFC);
        _bench.Write("NVM.CMD", 0x08).WriteProtected("NVM.CTRLA", 1);
        Assert.Equal(NVMBUSY, _bench.Read("NVM.STATUS") & NVMBUSY);
        _bench.Advance(Phase);
        Assert.Equal(0xFC, _bench.Read("NVM.LOCKBITS"));
        Assert.Equal(0, _bench.Read("NVM.STATUS"));
        _bench.Write("NVM.DATA0", 0x3F).WriteProtected("NVM.CTRLA", 1);
        _bench.Advance(Phase);
        Assert.Equal(0x3C, _bench.Chip.LockBits.Value);
    }

    [Fact]
    public void Ready_interrupts_are_requested_while_the_controller_is_ready_and_not_while_it_is_busy()
    {
        _bench.Watch("PMIC.NVM_*");
        ATxmega128A1 chip = _bench.Chip;
        chip.Data.Write(0xA2, 0x07);
        _bench.Write("NVM.INTCTRL", 0x05);
        Assert.Equal(32, chip.Interrupts.PendingVector);
        _bench.Write("NVM.INTCTRL", 0x0D);
        Assert.Equal(33, chip.Interrupts.PendingVector); // SPM at the high level
        Load(0, 0);
        Execute(0x34, 0);
        Assert.Equal(0, chip.Interrupts.PendingVector);
        _bench.Advance(Phase);
        Assert.Equal(33, chip.Interrupts.PendingVector);
        _bench.Write("NVM.INTCTRL", 0);
        Assert.Equal(0, chip.Interrupts.PendingVector);
    }

    [Fact]
    public void The_CRC_of_a_section_is_the_CRC_of_its_words()
    {
        byte[] image = new byte[ProgramMemory.Size];
        for (int i = 0; i < image.Length; i++) image[i] = (byte)((i * 7) ^ (i >> 5));
        _bench.Chip.Program.Write(0, image);
        Assert.Equal(Crc(image[..ProgramMemory.BootStart]), Checksum(0x38, 0, 0));
        Assert.Equal(Crc(image[ProgramMemory.BootStart..]), Checksum(0x39, 0, 0));
        Assert.Equal(Crc(image[0x100..0x200]), Checksum(0x3A, 0x100, 0x1FF));
        Assert.Equal(0x0201, Crc([1, 2]));
        Assert.Empty(_bench.Chip.Diagnostics.All);
        _bench.Chip.LockBits.Value = 0xBF;
        Assert.Equal(0x1FF, Checksum(0x3A, 0x100, 0x1FF));
        Assert.Contains("boot lock bits", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_random_run_of_loads_and_page_commands_agrees_with_a_plain_model() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 0x7FF], Gen.Byte).Array[1, 40].Sample(
            steps =>
            {
                var bench = new Bench();
                byte[] cells = [.. Enumerable.Repeat((byte)0xFF, 0x800)];
                var loaded = new SortedDictionary<int, byte>();
                foreach ((int what, int address, byte value) in steps)
                {
                    switch (what)
                    {
                        case 0 or 1 or 2:
                            bench.Write("NVM.CMD", 0x33).Write("NVM.ADDR0", address & 0xFF).Write("NVM.DATA0", value);
                            loaded[address % 32] = (byte)(loaded.GetValueOrDefault(address % 32, (byte)0xFF) & value);
                            break;
                        default:
                            int command = what == 3 ? 0x32 : what == 4 ? 0x34 : 0x35;
                            bench.Write("NVM.CMD", command).Write("NVM.ADDR0", address & 0xFF).Write("NVM.ADDR1", address >> 8).WriteProtected("NVM.CTRLA", 1);
                            bench.Advance(2 * Phase);
                            foreach ((int at, byte v) in loaded)
                            {
                                ref byte cell = ref cells[(address & ~31) + at];
                                if (what != 4) cell = 0xFF;
                                if (what != 3) cell &= v;
                            }

                            if (what != 3) loaded.Clear();
                            break;
                    }
                }

                return cells.AsSpan().SequenceEqual(bench.Chip.Data.EepromSpan) && (bench.Read("NVM.STATUS") != 0) == (loaded.Count > 0);
            },
            iter: 200);

    private static int Crc(byte[] bytes)
    {
        // Bit by bit: a shift register of 24 bits, a word added at a time.
        bool[] register = new bool[24];
        for (int i = 0; i < bytes.Length; i += 2)
        {
            bool carry = register[23];
            for (int bit = 23; bit > 0; bit--) register[bit] = register[bit - 1];
            register[0] = false;
            foreach (int tap in new[] { 0, 1, 3, 4, 23 }) register[tap] ^= carry;
            for (int bit = 0; bit < 16; bit++) register[bit] ^= ((bytes[i + (bit / 8)] >> (bit % 8)) & 1) != 0;
        }

        return register.Select((set, bit) => set ? 1 << bit : 0).Sum();
    }

    private int Checksum(int command, int start, int end)
    {
        for (int i = 0; i < 3; i++) _bench.Write($"NVM.ADDR{i}", (start >> (8 * i)) & 0xFF).Write($"NVM.DATA{i}", (end >> (8 * i)) & 0xFF);
        _bench.Write("NVM.CMD", command).WriteProtected("NVM.CTRLA", 1);
        _bench.Advance(0x20000);
        Assert.Equal(0, _bench.Read("NVM.STATUS"));
        return _bench.Read("NVM.DATA0") | (_bench.Read("NVM.DATA1") << 8) | (_bench.Read("NVM.DATA2") << 16);
    }

    private void Load(int offset, byte value) => _bench.Write("NVM.CMD", 0x33).Write("NVM.ADDR0", offset).Write("NVM.DATA0", value);

    private void Execute(int command, int address) =>
        _bench.Write("NVM.CMD", command).Write("NVM.ADDR0", address & 0xFF).Write("NVM.ADDR1", address >> 8).WriteProtected("NVM.CTRLA", 1);
}
