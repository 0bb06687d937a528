namespace Xmega.Crypto;

/// <summary>
/// AES with a key of 128 bits (FIPS-197) as the module does it: the key schedule runs along with the rounds and leaves
/// the last round's subkey in place of the key, or going backwards the key in place of the last subkey.
/// </summary>
internal static class AesCipher
{
    /// <summary>Bytes of a block and of a key.</summary>
    public const int BlockSize = 16;

    private const int Rounds = 10;

    private static readonly byte[] Sbox = MakeSbox();
    private static readonly byte[] InverseSbox = Invert(Sbox);

    /// <summary>Encrypts a block.</summary>
    /// <param name="state">The block; the cipher text comes in its place.</param>
    /// <param name="key">The key; the last subkey comes in its place.</param>
    public static void Encrypt(Span<byte> state, Span<byte> key)
    {
        byte constant = 1;
        AddKey(state, key);
        for (int round = 1; round <= Rounds; round++)
        {
            foreach (ref byte b in state) b = Sbox[b];
            ShiftRows(state, 1);
            if (round < Rounds) MixColumns(state, 2, 3, 1, 1);
            NextKey(key, constant);
            constant = Double(constant);
            AddKey(state, key);
        }
    }

    /// <summary>Decrypts a block.</summary>
    /// <param name="state">The cipher text; the plain text comes in its place.</param>
    /// <param name="key">The last subkey; the key comes in its place.</param>
    public static void Decrypt(Span<byte> state, Span<byte> key)
    {
        byte constant = 0x36; // of the last round
        for (int round = Rounds; round > 0; round--)
        {
            AddKey(state, key);
            PreviousKey(key, constant);
            constant = (byte)(constant == 0x1B ? 0x80 : constant >> 1);
            if (round < Rounds) MixColumns(state, 14, 11, 13, 9);
            ShiftRows(state, 3);
            foreach (ref byte b in state) b = InverseSbox[b];
        }

        AddKey(state, key);
    }

    private static void AddKey(Span<byte> state, ReadOnlySpan<byte> key)
    {
        for (int i = 0; i < BlockSize; i++) state[i] ^= key[i];
    }

    // Row r of the four by four bytes, which lie column by column, turns left by r times the steps.
    private static void ShiftRows(Span<byte> state, int steps)
    {
        Span<byte> old = stackalloc byte[BlockSize];
        state.CopyTo(old);
        for (int i = 0; i < BlockSize; i++) state[i] = old[(i + (4 * steps * (i % 4))) % BlockSize];
    }

    private static void MixColumns(Span<byte> state, byte a, byte b, byte c, byte d)
    {
        for (int column = 0; column < BlockSize; column += 4)
        {
            byte s0 = state[column], s1 = state[column + 1], s2 = state[column + 2], s3 = state[column + 3];
            state[column] = (byte)(Multiply(a, s0) ^ Multiply(b, s1) ^ Multiply(c, s2) ^ Multiply(d, s3));
            state[column + 1] = (byte)(Multiply(d, s0) ^ Multiply(a, s1) ^ Multiply(b, s2) ^ Multiply(c, s3));
            state[column + 2] = (byte)(Multiply(c, s0) ^ Multiply(d, s1) ^ Multiply(a, s2) ^ Multiply(b, s3));
            state[column + 3] = (byte)(Multiply(b, s0) ^ Multiply(c, s1) ^ Multiply(d, s2) ^ Multiply(a, s3));
        }
    }

    private static void NextKey(Span<byte> key, byte constant)
    {
        for (int i = 0; i < 4; i++) key[i] ^= Sbox[key[12 + ((i + 1) % 4)]];
        key[0] ^= constant;
        for (int i = 4; i < BlockSize; i++) key[i] ^= key[i - 4];
    }

    private static void PreviousKey(Span<byte> key, byte constant)
    {
        for (int i = BlockSize - 1; i >= 4; i--) key[i] ^= key[i - 4];
        for (int i = 0; i < 4; i++) key[i] ^= Sbox[key[12 + ((i + 1) % 4)]];
        key[0] ^= constant;
    }

    // The field of 256 elements with x^8 + x^4 + x^3 + x + 1.
    private static byte Double(byte a) => (byte)((a << 1) ^ ((a & 0x80) != 0 ? 0x1B : 0));

    private static byte Multiply(byte a, byte b)
    {
        byte product = 0;
        for (; a != 0; a >>= 1, b = Double(b))
            if ((a & 1) != 0) product ^= b;
        return product;
    }

    // FIPS-197 5.1.1: the inverse in the field, then an affine map.
    private static byte[] MakeSbox()
    {
        var table = new byte[256];
        for (int i = 0; i < table.Length; i++)
        {
            int inverse = 0;
            while (i != 0 && Multiply((byte)i, (byte)inverse) != 1) inverse++;
            int turned = inverse | (inverse << 8);
            table[i] = (byte)(inverse ^ (turned >> 7) ^ (turned >> 6) ^ (turned >> 5) ^ (turned >> 4) ^ 0x63);
        }

        return table;
    }

    private static byte[] Invert(byte[] table)
    {
        var inverse = new byte[256];
        for (int i = 0; i < table.Length; i++) inverse[table[i]] = (byte)i;
        return inverse;
    }
}
