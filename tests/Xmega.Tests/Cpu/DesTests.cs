using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Cpu;

/// <summary>Sixteen DES instructions against published vectors, both ways.</summary>
public class DesTests
{
    private const byte H = 0x20;

    public static TheoryData<ulong, ulong, ulong> Published => new()
    {
        // NIST SP 500-20 (and SP 800-17): variable plaintext
        { 0x0101010101010101, 0x8000000000000000, 0x95F8A5E5DD31D900 },
        { 0x0101010101010101, 0x4000000000000000, 0xDD7F121CA5015619 },
        { 0x0101010101010101, 0x2000000000000000, 0x2E8653104F3834EA },
        { 0x0101010101010101, 0x1000000000000000, 0x4BD388FF6CD81D4F },
        // variable key
        { 0x8001010101010101, 0x0000000000000000, 0x95A8D72813DAA94D },
        { 0x4001010101010101, 0x0000000000000000, 0x0EEC1487DD8C26D5 },
        { 0x2001010101010101, 0x0000000000000000, 0x7AD16FFB79C45926 },
        { 0x1001010101010101, 0x0000000000000000, 0xD3746294CA6A6CF3 },
        // substitution table
        { 0x7CA110454A1A6E57, 0x01A1D6D039776742, 0x690F5B0D9A26939B },
        { 0x0131D9619DC1376E, 0x5CD54CA83DEF57DA, 0x7A389D10354BD271 },
        { 0x07A1133E4A0B2686, 0x0248D43806F67172, 0x868EBB51CAB4599A },
        { 0x3849674C2602319E, 0x51454B582DDF440A, 0x7178876E01F19B2A },
        { 0x04B915BA43FEB5B6, 0x42FD443059577FA2, 0xAF37FB421F8C4095 },
        { 0x0113B970FD34F2CE, 0x059B5E0851CF143A, 0x86A560F10EC6D85B },
        { 0x0170F175468FB5E6, 0x0756D8E0774761D2, 0x0CD3DA020021DC09 },
        { 0x43297FAD38E373FE, 0x762514B829BF486A, 0xEA676B2CB7DB2B7A },
        { 0x07A7137045DA2A16, 0x3BDD119049372802, 0xDFD64A815CAF1A0F },
        { 0x04689104C2FD3B2F, 0x26955F6835AF609A, 0x5C513C9C4886C088 },
        // the worked example of many textbooks, FIPS 46-3
        { 0x133457799BBCDFF1, 0x0123456789ABCDEF, 0x85E813540F0AB405 },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void With_H_clear_sixteen_rounds_encrypt(ulong key, ulong plain, ulong cipher) => Assert.Equal(cipher, Run(key, plain, 0));

    [Theory]
    [MemberData(nameof(Published))]
    public void With_H_set_the_same_sixteen_rounds_decrypt(ulong key, ulong plain, ulong cipher) => Assert.Equal(plain, Run(key, cipher, H));

    [Fact]
    public void Parity_bits_of_the_key_do_not_count() =>
        Assert.Equal(0x85E813540F0AB405ul, Run(0x133457799BBCDFF1 ^ 0x0101010101010101, 0x0123456789ABCDEF, 0));

    private static ulong Run(ulong key, ulong data, byte sreg)
    {
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
        return Registers(chip, 0);
    }

    private static ulong Registers(ATxmega128A1 chip, int first)
    {
        ulong value = 0;
        for (int i = 7; i >= 0; i--) value = (value << 8) | chip.Register(first + i);
        return value;
    }
}
