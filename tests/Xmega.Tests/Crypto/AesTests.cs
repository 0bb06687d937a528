using CsCheck;
using Xmega.TestSupport;
using Xunit;
using Reference = System.Security.Cryptography.Aes;

namespace Xmega.Tests.Crypto;

/// <summary>The AES module through its registers, with published vectors (aes.md).</summary>
public class AesTests
{
    private const int Duration = 375;
    private const int START = 0x80;
    private const int AUTO = 0x40;
    private const int RESET = 0x20;
    private const int DECRYPT = 0x10;
    private const int XOR = 0x04;
    private const int ERROR = 0x80;
    private const int SRIF = 0x01;

    private const string Key = "2B7E151628AED2A6ABF7158809CF4F3C";

    private readonly Bench _bench = new();

    // SP 800-38A F.1.1 and F.2.1: plain text, ECB, CBC.
    private static readonly string[] Plain = ["6BC1BEE22E409F96E93D7E117393172A", "AE2D8A571E03AC9C9EB76FAC45AF8E51", "30C81C46A35CE411E5FBC1191A0A52EF", "F69F2445DF4F9B17AD2B417BE66C3710"];
    private static readonly string[] Ecb = ["3AD77BB40D7A3660A89ECAF32466EF97", "F5D3D58503B9699DE785895A96FDBAAF", "43B1CD7F598ECE23881B00E3ED030688", "7B0C785E27E8AD3F8223207104725DD4"];
    private static readonly string[] Cbc = ["7649ABAC8119B246CEE98E9B12E9197D", "5086CB9B507219EE95DB113A917678B2", "73BED6B8E3C1743B7116E69E22229516", "3FF1CAA1681FAC09120ECA307586E1A7"];

    [Theory]
    [InlineData(Key, "3243F6A8885A308D313198A2E0370734", "3925841D02DC09FBDC118597196A0B32", "D014F9A8C9EE2589E13F0CC8B6630CA6")] // FIPS-197 B
    [InlineData("000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF", "69C4E0D86A7B0430D8CDB78070B4C55A", "13111D7FE3944A17F307A78B4D2B30C5")] // FIPS-197 C.1
    public void FIPS_197(string key, string plain, string cipher, string lastSubkey)
    {
        Load("KEY", key);
        Load("STATE", plain);
        Run(START);
        Assert.Equal(cipher, Read("STATE"));
        Assert.Equal(lastSubkey, Read("KEY"));

        // Back again with the subkey that is there now; the key comes back too.
        Load("STATE", cipher);
        Run(START | DECRYPT);
        Assert.Equal(plain, Read("STATE"));
        Assert.Equal(key, Read("KEY"));
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void SP_800_38A_ECB_both_ways()
    {
        for (int i = 0; i < Plain.Length; i++)
        {
            Load("KEY", Key);
            Load("STATE", Plain[i]);
            Run(START);
            Assert.Equal(Ecb[i], Read("STATE"));
            Run(START | DECRYPT);
            Assert.Equal(Plain[i], Read("STATE"));
        }
    }

    [Fact]
    public void SP_800_38A_CBC_by_XOR_and_AUTO()
    {
        _bench.Write("AES.CTRL", 0);
        Load("STATE", "000102030405060708090A0B0C0D0E0F"); // the initial vector
        for (int i = 0; i < Plain.Length; i++)
        {
            _bench.Write("AES.CTRL", XOR | AUTO);
            Load("KEY", Key);
            Load("STATE", Plain[i]);
            _bench.Advance(Duration);
            // Reading the result leaves it there to be XORed with the next block.
            Assert.Equal(Cbc[i], Read("STATE"));
        }
    }

    [Fact]
    public void SP_800_38A_CBC_decrypted()
    {
        Load("KEY", Key);
        Load("STATE", Plain[0]);
        Run(START);
        string subkey = Read("KEY");
        string previous = "000102030405060708090A0B0C0D0E0F";
        for (int i = 0; i < Plain.Length; i++)
        {
            _bench.Write("AES.CTRL", DECRYPT);
            Load("KEY", subkey);
            Load("STATE", Cbc[i]);
            Run(START | DECRYPT);
            _bench.Write("AES.CTRL", XOR);
            Load("STATE", previous);
            Assert.Equal(Plain[i], Read("STATE"));
            previous = Cbc[i];
        }
    }

    [Fact]
    public void Any_key_and_block_agree_with_another_implementation() =>
        Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[16]).Sample(
            (key, block) =>
            {
                using Reference reference = Reference.Create();
                reference.Key = key;
                string expected = Convert.ToHexString(reference.EncryptEcb(block, System.Security.Cryptography.PaddingMode.None));
                var tests = new AesTests();
                tests.Load("KEY", Convert.ToHexString(key));
                tests.Load("STATE", Convert.ToHexString(block));
                tests.Run(START);
                string cipher = tests.Read("STATE");
                tests.Run(START | DECRYPT);
                return cipher == expected && tests.Read("STATE") == Convert.ToHexString(block) && tests.Read("KEY") == Convert.ToHexString(key);
            },
            iter: 100);

    [Fact]
    public void An_operation_takes_375_cycles_and_START_stands_as_long()
    {
        _bench.Write("AES.CTRL", START);
        _bench.Advance(Duration - 1);
        Assert.Equal(0, _bench.Read("AES.STATUS"));
        Assert.Equal(START, _bench.Chip.Data.Peek(0xC0));
        _bench.Advance(1);
        Assert.Equal(SRIF, _bench.Read("AES.STATUS"));
        Assert.Equal(0, _bench.Read("AES.CTRL"));
    }

    [Fact]
    public void SRIF_and_its_interrupt_go_with_the_first_read_of_STATE_or_a_one_written_to_it()
    {
        ATxmega128A1 chip = _bench.Chip;
        chip.Data.Write(0xA2, 0x07);
        _bench.Write("AES.INTCTRL", 2).Write("AES.CTRL", START);
        Assert.Equal(0, chip.Interrupts.PendingVector);
        _bench.Advance(Duration);
        Assert.Equal(31, chip.Interrupts.PendingVector);
        Assert.True(chip.Services.DmaRequests.Find(4)!.IsRequested);
        _bench.Read("AES.STATE");
        Assert.Equal(0, _bench.Read("AES.STATUS"));
        Assert.Equal(0, chip.Interrupts.PendingVector);
        Assert.False(chip.Services.DmaRequests.Find(4)!.IsRequested);
        _bench.Read("AES.CTRL"); // one byte of sixteen is read
        Run(START);
        _bench.Write("AES.STATUS", SRIF);
        Assert.Equal(0, _bench.Read("AES.STATUS"));
    }

    [Fact]
    public void A_look_at_STATE_moves_no_pointer_and_clears_no_flag()
    {
        Run(START);
        Assert.Equal(_bench.Chip.Data.Peek(0xC2), _bench.Chip.Data.Peek(0xC2));
        Assert.Equal(SRIF, _bench.Read("AES.STATUS"));
    }

    [Fact]
    public void Any_access_of_CTRL_resets_the_pointers()
    {
        Load("KEY", "0102");
        _bench.Read("AES.CTRL");
        Load("KEY", "0A0B");
        _bench.Write("AES.CTRL", 0);
        Assert.Equal("0A0B00", Read("KEY")[..6]);
    }

    [Fact]
    public void START_with_half_a_block_is_an_error_and_so_is_CTRL_while_it_runs()
    {
        Load("KEY", "01020304");
        _bench.Write("AES.CTRL", START);
        Assert.Equal(ERROR, _bench.Read("AES.STATUS"));
        Assert.Equal(0, _bench.Read("AES.CTRL"));
        _bench.Write("AES.STATUS", ERROR);
        _bench.Write("AES.CTRL", START);
        _bench.Advance(10);
        _bench.Read("AES.CTRL");
        Assert.Equal(ERROR, _bench.Read("AES.STATUS"));
        _bench.Advance(Duration);
        Assert.Equal(ERROR, _bench.Read("AES.STATUS"));
        Assert.Single(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void STATE_and_KEY_do_not_answer_while_it_runs()
    {
        Load("KEY", Key);
        Load("STATE", Plain[0]);
        _bench.Write("AES.CTRL", START);
        _bench.Write("AES.STATE", 0x55).Write("AES.KEY", 0x55);
        Assert.Equal(0, _bench.Read("AES.STATE"));
        _bench.Advance(Duration);
        Assert.Equal(Ecb[0], Read("STATE"));
        Assert.Equal(2, _bench.Chip.Diagnostics.All.Count);
    }

    [Fact]
    public void RESET_clears_everything_and_stops_it()
    {
        Load("KEY", Key);
        _bench.Write("AES.INTCTRL", 3).Write("AES.CTRL", START | AUTO);
        _bench.Write("AES.CTRL", RESET);
        Assert.Equal((0, 0, 0), (_bench.Read("AES.CTRL"), _bench.Read("AES.STATUS"), _bench.Read("AES.INTCTRL")));
        _bench.Advance(Duration);
        Assert.Equal(0, _bench.Read("AES.STATUS"));
        Assert.Equal(new string('0', 32), Read("KEY"));
    }

    [Fact]
    public void Power_reduction_stands_it_still_and_it_goes_on_from_there()
    {
        Load("KEY", Key);
        Load("STATE", Plain[0]);
        _bench.Write("AES.CTRL", START).Advance(100);
        _bench.Write("PR.PRGEN", 0x10).Advance(1000);
        _bench.Write("PR.PRGEN", 0).Advance(Duration - 101);
        Assert.Equal(0, _bench.Read("AES.STATUS"));
        _bench.Advance(1);
        Assert.Equal(SRIF, _bench.Read("AES.STATUS"));
        Assert.Equal(Ecb[0], Read("STATE"));
    }

    [Fact]
    public void A_saved_state_goes_on_to_the_same_result()
    {
        Load("KEY", Key);
        Load("STATE", Plain[1]);
        _bench.Write("AES.INTCTRL", 1).Write("AES.CTRL", START).Advance(50);
        var saved = new Xmega.State.StateStream();
        ModuleOf(_bench).State(saved);
        var other = new Bench();
        other.AdvanceTo(_bench.Now);
        ModuleOf(other).State(new Xmega.State.StateStream(saved.ToArray()));
        other.Advance(Duration - 50);
        Assert.Equal(SRIF, other.Read("AES.STATUS"));
        Assert.Equal(Convert.FromHexString(Ecb[1])[0], other.Read("AES.STATE"));
    }

    private static Xmega.Memory.IoModule ModuleOf(Bench bench) => bench.Chip.Data.Io.OwnerOf(0xC0)!;

    private void Load(string register, string hex)
    {
        foreach (byte b in Convert.FromHexString(hex)) _bench.Write($"AES.{register}", b);
    }

    private string Read(string register) => Convert.ToHexString([.. Enumerable.Range(0, 16).Select(_ => (byte)_bench.Read($"AES.{register}"))]);

    private void Run(int control)
    {
        _bench.Write("AES.CTRL", control);
        _bench.Advance(Duration);
        Assert.Equal(SRIF, _bench.Read("AES.STATUS") & (SRIF | ERROR));
    }
}
