using System.Buffers.Binary;

namespace Xmega.Cpu;

/// <summary>
/// One round of the Data Encryption Standard (FIPS 46-3) as the DES instruction does it (0856I, DES): initial and
/// inverse permutation belong to every round, so that sixteen rounds in rising order make the whole cipher.
/// </summary>
internal static class DesCipher
{
    private static readonly byte[] InitialPermutation =
    [
        58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
        57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
    ];

    private static readonly byte[] Expansion =
    [
        32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17,
        16, 17, 18, 19, 20, 21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
    ];

    private static readonly byte[] Permutation =
        [16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25];

    private static readonly byte[] Choice1 =
    [
        57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
        63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
    ];

    private static readonly byte[] Choice2 =
    [
        14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
        41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
    ];

    // Left rotations of the key halves up to and including each round.
    private static readonly byte[] Rotations = [1, 2, 4, 6, 8, 10, 12, 14, 15, 17, 19, 21, 23, 25, 27, 28];

    private static readonly byte[][] Boxes =
    [
        [14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12, 11, 9, 5, 3, 8,
         4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9, 1, 7, 5, 11, 3, 14, 10, 0, 6, 13],
        [15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1, 10, 6, 9, 11, 5,
         0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15, 4, 2, 11, 6, 7, 12, 0, 5, 14, 9],
        [10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5, 14, 12, 11, 15, 1,
         13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6, 9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12],
        [7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2, 12, 1, 10, 14, 9,
         10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1, 13, 8, 9, 4, 5, 11, 12, 7, 2, 14],
        [2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15, 10, 3, 9, 8, 6,
         4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14, 2, 13, 6, 15, 0, 9, 10, 4, 5, 3],
        [12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13, 14, 0, 11, 3, 8,
         9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5, 15, 10, 11, 14, 1, 7, 6, 0, 8, 13],
        [4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5, 12, 2, 15, 8, 6,
         1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4, 10, 7, 9, 5, 0, 15, 14, 2, 3, 12],
        [13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6, 11, 0, 14, 9, 2,
         7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10, 8, 13, 15, 12, 9, 0, 3, 5, 6, 11],
    ];

    /// <summary>Does one round in place.</summary>
    /// <param name="registers">R0–R15: data in R7:R0, key in R15:R8, least significant byte first. The key is left as it is.</param>
    /// <param name="round">K, 0–15.</param>
    /// <param name="decrypt">The H flag.</param>
    public static void Round(Span<byte> registers, int round, bool decrypt)
    {
        ulong data = BinaryPrimitives.ReadUInt64LittleEndian(registers);
        ulong key = BinaryPrimitives.ReadUInt64LittleEndian(registers[8..]);

        ulong block = Permute(data, 64, InitialPermutation);
        uint left = (uint)(block >> 32);
        uint right = (uint)block;
        uint mixed = left ^ Function(right, RoundKey(key, decrypt ? 15 - round : round));
        // The halves change places in every round but the last.
        block = round == 15 ? ((ulong)mixed << 32) | right : ((ulong)right << 32) | mixed;
        BinaryPrimitives.WriteUInt64LittleEndian(registers, Unpermute(block, InitialPermutation));
    }

    private static ulong RoundKey(ulong key, int round)
    {
        ulong halves = Permute(key, 64, Choice1);
        int n = Rotations[round] % 28;
        uint c = (uint)(halves >> 28), d = (uint)(halves & 0xFFFFFFF);
        c = ((c << n) | (c >> (28 - n))) & 0xFFFFFFF;
        d = ((d << n) | (d >> (28 - n))) & 0xFFFFFFF;
        return Permute(((ulong)c << 28) | d, 56, Choice2);
    }

    private static uint Function(uint right, ulong roundKey)
    {
        ulong input = Permute(right, 32, Expansion) ^ roundKey;
        uint output = 0;
        for (int box = 0; box < 8; box++)
        {
            int six = (int)(input >> (42 - (6 * box))) & 0x3F;
            int row = ((six >> 4) & 2) | (six & 1);
            output = (output << 4) | Boxes[box][(row * 16) + ((six >> 1) & 15)];
        }

        return (uint)Permute(output, 32, Permutation);
    }

    // FIPS 46-3 counts bits from 1 at the most significant end.
    private static ulong Permute(ulong value, int width, byte[] table)
    {
        ulong result = 0;
        foreach (byte position in table) result = (result << 1) | ((value >> (width - position)) & 1);
        return result;
    }

    private static ulong Unpermute(ulong value, byte[] table)
    {
        ulong result = 0;
        for (int i = 0; i < table.Length; i++) result |= ((value >> (63 - i)) & 1) << (64 - table[i]);
        return result;
    }
}
