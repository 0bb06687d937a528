using System.Text;
using Xmega.Firmware;
using Xunit;
using Xunit.Abstractions;

namespace Xmega.Tests.Firmware;

/// <summary>A million files nobody wrote: each loads within bounds or is refused with one line, and nothing else happens.</summary>
/// <remarks>Input number n depends on n alone, so a failure is repeated by its number, on any number of threads.</remarks>
public sealed class FirmwareFuzzTests(ITestOutputHelper output)
{
    private const int Inputs = 1_000_000;
    private const string FileName = "fuzz.bin";

    private static readonly byte[] s_bareElf = FirmwareFiles.Fixture("bare.elf");
    private static readonly byte[] s_bareHex = FirmwareFiles.Fixture("bare.hex");
    private static readonly byte[] s_memoriesElf = FirmwareFiles.Fixture("memories.elf");
    private static readonly byte[] s_upperHex = Encoding.ASCII.GetBytes(string.Join('\n', Encoding.ASCII.GetString(FirmwareFiles.Fixture("memories.hex")).Split('\n')[^16..]));

    private static readonly uint[] s_extremes =
    [
        0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 39, 40, 52, 0x7F, 0x80, 0xFF, 0x100, 0x1FF, 0x200, 0x620, 0x624, 0x625, 0x7FF, 0x800,
        0x7FFF, 0x8000, 0xFFF1, 0xFFF2, 0xFFFF, 0x10000, 0x1FFFF, 0x21FFE, 0x21FFF, 0x22000, 0x7FFFFF, 0x800000, 0x802000, 0x810000, 0x8107FF, 0x820000,
        0x830000, 0x840000, 0x850000, 0x8501FF, 0x860000, 0x7FFFFFFF, 0x80000000, 0xFFFF0000, 0xFFFFFFE0, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF,
    ];

    [Fact]
    public void A_million_random_and_mutated_files_load_within_bounds_or_fail_with_one_line()
    {
        int elf = 0, hex = 0;
        Parallel.For(
            0, Inputs,
            () => (File: new List<byte>(16384), Elf: 0, Hex: 0),
            (number, _, local) =>
            {
                var random = new Xorshift((ulong)number);
                local.File.Clear();
                Make(ref random, local.File);
                byte[] file = [.. local.File];
                switch (Check(number, file))
                {
                    case FirmwareFormat.Elf: return (local.File, local.Elf + 1, local.Hex);
                    case FirmwareFormat.IntelHex: return (local.File, local.Elf, local.Hex + 1);
                    default: return local;
                }
            },
            local =>
            {
                Interlocked.Add(ref elf, local.Elf);
                Interlocked.Add(ref hex, local.Hex);
            });

        output.WriteLine($"{Inputs} files: {elf} ELF and {hex} HEX loaded, the rest were refused");
        Assert.InRange(elf, Inputs / 50, Inputs / 2); // both outcomes of both formats must be common, or little was tried
        Assert.InRange(hex, Inputs / 50, Inputs / 2);
    }

    private static FirmwareFormat? Check(int number, byte[] file)
    {
        FirmwareImage image;
        try
        {
            image = FirmwareImage.Load(file, FileName);
        }
        catch (FirmwareFormatException exception)
        {
            string message = exception.Message;
            if (!message.StartsWith(FileName + ":", StringComparison.Ordinal) || message.AsSpan().ContainsAnyInRange('\0', '\x1F') || message.Length > 400)
                Assert.Fail($"input {number}: message {message}");
            return null;
        }
        catch (Exception exception)
        {
            Assert.Fail($"input {number}: {exception}");
            return null;
        }

        int total = 0;
        foreach (FirmwarePlacement memory in FirmwarePlacement.All)
        {
            long free = 0; // the first address the next run may begin at; runs do not touch
            foreach (FirmwareSegment run in image.SegmentsOf(memory.Kind))
            {
                if (run.Address < free || run.Bytes.IsEmpty || run.Address + (long)run.Bytes.Length > memory.Size)
                    Assert.Fail($"input {number}: {memory.Kind} run at 0x{run.Address:X} of {run.Bytes.Length} bytes");
                free = run.Address + run.Bytes.Length + 1;
                total += run.Bytes.Length;
            }
        }

        if (total == 0 || total > file.Length) Assert.Fail($"input {number}: {total} bytes from a file of {file.Length}");
        foreach (uint address in (ReadOnlySpan<uint>)[0, 9, 0x20001, uint.MaxValue])
        {
            if (image.FunctionAt(address) is { } place && place.Symbol.Address + place.Offset != address)
                Assert.Fail($"input {number}: 0x{address:X} is said to be {place}");
        }

        return image.Format;
    }

    private static void Make(ref Xorshift random, List<byte> file)
    {
        switch (random.Below(16))
        {
            case 0:
                Noise(ref random, file);
                break;
            case < 4:
                Records(ref random, file);
                break;
            case < 7:
                file.AddRange(random.Below(2) == 0 ? s_bareHex : s_upperHex);
                Mutate(ref random, file, 1 + random.Below(3));
                break;
            case < 12:
                file.AddRange(s_bareElf);
                for (int i = random.Below(4); i >= 0; i--) SetField(ref random, file);
                break;
            case < 15:
                file.AddRange(s_bareElf);
                Mutate(ref random, file, 1 + random.Below(4));
                break;
            default:
                // The larger program seldom, to keep the million short.
                file.AddRange(random.Below(8) == 0 ? s_memoriesElf : s_bareElf);
                SetField(ref random, file);
                Mutate(ref random, file, 1 + random.Below(2));
                break;
        }
    }

    private static void Noise(ref Xorshift random, List<byte> file)
    {
        switch (random.Below(4))
        {
            case 0: file.AddRange(FileContent.ElfMagic); break;
            case 1: file.Add((byte)':'); break;
            case 2: file.AddRange(FileContent.ByteOrderMark); break;
        }

        ReadOnlySpan<byte> alphabet = ":0123456789abcdefABCDEF\r\n\t "u8;
        bool text = random.Below(2) == 0;
        for (int i = random.Below(200); i > 0; i--) file.Add(text ? alphabet[random.Below(alphabet.Length)] : (byte)random.Next());
    }

    // Records that are right by themselves, in an order and at addresses that need not be.
    private static void Records(ref Xorshift random, List<byte> file)
    {
        for (int i = random.Below(8); i >= 0; i--)
        {
            int type = random.Below(8) is var draw && draw < 3 ? 2 * draw : random.Below(40) == 0 ? random.Below(256) : 0;
            int count = type is 2 or 4 ? 2 : type is 3 or 5 ? 4 : random.Below(12);
            if (random.Below(60) == 0) count = random.Below(256);
            var data = new byte[count];
            for (int at = 0; at < count; at++) data[at] = (byte)random.Next();
            if (count == 2 && random.Below(8) != 0)
            {
                uint value = type == 2 ? (uint)random.Below(0x2200) : random.Below(2) == 0 ? (uint)random.Below(3) : 0x80 + (uint)random.Below(7);
                (data[0], data[1]) = ((byte)(value >> 8), (byte)value);
            }

            int offset = random.Below(2) == 0 ? random.Below(32) : random.Below(8) == 0 ? 0xFFFF - random.Below(8) : random.Below(0x10000);
            file.AddRange(Encoding.ASCII.GetBytes(FirmwareFiles.Record(type, offset, data)));
            file.AddRange(random.Below(3) switch { 0 => "\r\n"u8, 1 => "\r"u8, _ => "\n"u8 });
        }

        if (random.Below(20) != 0) file.AddRange(":00000001FF\n"u8);
        if (random.Below(4) == 0) Mutate(ref random, file, 1);
    }

    private static void Mutate(ref Xorshift random, List<byte> file, int times)
    {
        while (times-- > 0 && file.Count > 0)
        {
            int at = random.Below(file.Count);
            int length = 1 + random.Below(Math.Min(64, file.Count - at));
            switch (random.Below(8))
            {
                case 0: file[at] ^= (byte)(1 << random.Below(8)); break;
                case 1: file[at] = (byte)random.Next(); break;
                case 2 when random.Below(4) == 0: file.RemoveRange(at, file.Count - at); break;     // truncation
                case 3: file.RemoveRange(at, length); break;
                case 4: file.InsertRange(random.Below(file.Count), file.GetRange(at, length)); break;  // duplication
                case 5:                                                                             // splice
                    byte[] other = random.Below(2) == 0 ? s_bareElf : s_upperHex;
                    int from = random.Below(other.Length);
                    file.InsertRange(at, other[from..Math.Min(other.Length, from + length)]);
                    break;
                case 6:
                    for (int i = at; i < at + length; i++) file[i] = (byte)random.Next();
                    break;
                default: file[at] = "0123456789ABCDEFabcdef:\r\n"u8[random.Below(25)]; break;
            }
        }
    }

    // Puts an extreme value where a field is: in the ELF header, a program header, a section header or a symbol.
    private static void SetField(ref Xorshift random, List<byte> file)
    {
        int sections = file[32] | (file[33] << 8);
        int symbols = file.Count == s_bareElf.Length ? 204 : 0;
        (int start, int length) = random.Below(5) switch
        {
            0 => (16, 36),
            1 => (52, 128),
            2 => (52, 128),
            3 => (sections, 320),
            _ => (symbols, 700),
        };
        int at = start + (random.Below(length / 4) * 4);
        uint value = random.Below(4) == 0 ? random.Next() : s_extremes[random.Below(s_extremes.Length)] + (uint)random.Below(2);
        int bytes = random.Below(4) == 0 ? 2 : 4;
        for (int i = 0; i < bytes && at + i < file.Count; i++) file[at + i] = (byte)(value >> (8 * i));
    }

    /// <summary>Marsaglia's xorshift64, multiplied; the same numbers on every host.</summary>
    private struct Xorshift(ulong number)
    {
        private ulong _state = ((number + 1) * 0x9E3779B97F4A7C15) | 1;

        public uint Next()
        {
            _state ^= _state >> 12;
            _state ^= _state << 25;
            _state ^= _state >> 27;
            return (uint)((_state * 0x2545F4914F6CDD1D) >> 32);
        }

        public int Below(int limit) => (int)(((ulong)Next() * (ulong)limit) >> 32);
    }
}
