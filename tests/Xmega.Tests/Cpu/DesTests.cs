using CsCheck;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Cpu;

/// <summary>Sixteen DES instructions against published vectors, both ways.</summary>
public class DesTests
{
    private const byte H = 0x20;

    public static TheoryData<string, string, string> Published => new()
    {
        // NIST SP 500-20 (and SP 800-17): variable plaintext
        { "0101010101010101", "8000000000000000", "95F8A5E5DD31D900" },
        { "0101010101010101", "4000000000000000", "DD7F121CA5015619" },
        { "0101010101010101", "2000000000000000", "2E8653104F3834EA" },
        { "0101010101010101", "1000000000000000", "4BD388FF6CD81D4F" },
        // variable key
        { "8001010101010101", "0000000000000000", "95A8D72813DAA94D" },
        { "4001010101010101", "0000000000000000", "0EEC1487DD8C26D5" },
        { "2001010101010101", "0000000000000000", "7AD16FFB79C45926" },
        { "1001010101010101", "0000000000000000", "D3746294CA6A6CF3" },
        // substitution table
        { "7CA110454A1A6E57", "01A1D6D039776742", "690F5B0D9A26939B" },
        { "0131D9619DC1376E", "5CD54CA83DEF57DA", "7A389D10354BD271" },
        { "07A1133E4A0B2686", "0248D43806F67172", "868EBB51CAB4599A" },
        { "3849674C2602319E", "51454B582DDF440A", "7178876E01F19B2A" },
        { "04B915BA43FEB5B6", "42FD443059577FA2", "AF37FB421F8C4095" },
        { "0113B970FD34F2CE", "059B5E0851CF143A", "86A560F10EC6D85B" },
        { "0170F175468FB5E6", "0756D8E0774761D2", "0CD3DA020021DC09" },
        { "43297FAD38E373FE", "762514B829BF486A", "EA676B2CB7DB2B7A" },
        { "07A7137045DA2A16", "3BDD119049372802", "DFD64A815CAF1A0F" },
        { "04689104C2FD3B2F", "26955F6835AF609A", "5C513C9C4886C088" },
        // the worked example of many textbooks, FIPS 46-3
        { "133457799BBCDFF1", "0123456789ABCDEF", "85E813540F0AB405" },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void With_H_clear_sixteen_rounds_encrypt(string key, string plain, string cipher) => Assert.Equal(cipher, Run(key, plain, 0));

    [Theory]
    [MemberData(nameof(Published))]
    public void With_H_set_the_same_sixteen_rounds_decrypt(string key, string plain, string cipher) => Assert.Equal(plain, Run(key, cipher, H));

    [Fact]
    public void Parity_bits_of_the_key_do_not_count() =>
        Assert.Equal("85E813540F0AB405", Run("123556789ABDDEF0", "0123456789ABCDEF", 0)); // every lowest bit turned round

    [Fact]
    public void Triple_DES_of_any_keys_and_block_agrees_with_another_implementation() =>
        Gen.Select(Gen.ULong, Gen.ULong, Gen.ULong, Gen.ULong).Where((first, second, third, _) => Differ(first, second) && Differ(second, third)).Sample(
            (first, second, third, block) =>
            {
                // TDES (FIPS 46-3) is encryption, decryption and encryption with three keys: both directions in one proof.
#pragma warning disable CA5350 // weak, and what is asked for
                using var reference = System.Security.Cryptography.TripleDES.Create();
#pragma warning restore CA5350
                reference.Key = Convert.FromHexString($"{first:X16}{second:X16}{third:X16}");
                string expected = Convert.ToHexString(reference.EncryptEcb(Convert.FromHexString($"{block:X16}"), System.Security.Cryptography.PaddingMode.None));
                return Run($"{third:X16}", Run($"{second:X16}", Run($"{first:X16}", $"{block:X16}", 0), H), 0) == expected;
            },
            iter: 100);

    // The reference refuses equal keys, parity bits apart.
    private static bool Differ(ulong a, ulong b) => ((a ^ b) & 0xFEFEFEFEFEFEFEFE) != 0;

    private static string Run(string keyText, string dataText, byte sreg)
    {
        ulong key = Convert.ToUInt64(keyText, 16), data = Convert.ToUInt64(dataText, 16);
        ATxmega128A1 chip = AssemblyProgram.Chip([.. Enumerable.Range(0, 16).Select(k => $"des {k}"), "break"]);
        for (int i = 0; i < 8; i++)
        {
            chip.SetRegister(i, (byte)(data >> (8 * i)));
            chip.SetRegister(8 + i, (byte)(key >> (8 * i)));
        }

        chip.StatusRegister = sreg;
        chip.Run();
        Assert.Equal(sreg, chip.StatusRegister);
        Assert.Equal(key, Registers(chip, 8));
        return $"{Registers(chip, 0):X16}";
    }

    private static ulong Registers(ATxmega128A1 chip, int first)
    {
        ulong value = 0;
        for (int i = 7; i >= 0; i--) value = (value << 8) | chip.Register(first + i);
        return value;
    }
}
