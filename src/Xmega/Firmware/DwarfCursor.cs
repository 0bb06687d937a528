using System.Buffers.Binary;

namespace Xmega.Firmware;

/// <summary>Walks through DWARF data (DWARF 5, chapter 7); past the end it says that the file is damaged.</summary>
internal ref struct DwarfCursor(DebugSections sections, string name, ReadOnlySpan<byte> data)
{
    private readonly DebugSections _sections = sections;
    private readonly string _name = name;
    private readonly ReadOnlySpan<byte> _data = data;

    public int Position { get; set; }

    public readonly bool AtEnd => Position >= _data.Length;

    public byte Byte() => Bytes(1)[0];

    public ushort Half() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public uint Word() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public ReadOnlySpan<byte> Bytes(ulong count)
    {
        if (count > (ulong)(_data.Length - Position)) throw Damaged();
        ReadOnlySpan<byte> bytes = _data.Slice(Position, (int)count);
        Position += (int)count;
        return bytes;
    }

    public ulong Unsigned()
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = Byte();
            if (shift < 64) value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }
    }

    public long Signed()
    {
        long value = 0;
        for (int shift = 0; ;)
        {
            byte b = Byte();
            if (shift < 64) value |= (long)(b & 0x7F) << shift;
            shift += 7;
            if (b >= 0x80) continue;
            return shift < 64 && (b & 0x40) != 0 ? value | (-1L << shift) : value;
        }
    }

    public string Text()
    {
        int length = _data[Position..].IndexOf((byte)0);
        if (length < 0) throw Damaged();
        string text = DebugSections.TextAt(_data, (uint)Position);
        Position += length + 1;
        return text;
    }

    public uint Address(int size) => size switch { 1 => Byte(), 2 => Half(), 4 => Word(), 8 => (uint)BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8)), _ => throw Damaged() };

    /// <summary>The part of the data that a unit's length spans; the cursor goes on behind it.</summary>
    public DwarfCursor Unit()
    {
        uint length = Word();
        if (length >= 0xFFFFFFF0) throw Damaged(); // 64-bit DWARF: no AVR tool writes it
        int start = Position;
        Bytes(length);
        return new DwarfCursor(_sections, _name, _data[..Position]) { Position = start };
    }

    /// <summary>An attribute's text, or null when it has another form; any form is stepped over.</summary>
    public string? Form(ulong form, int addressSize, out ulong number, long implicitConstant = 0)
    {
        number = 0;
        switch (form)
        {
            case 0x01: number = Address(addressSize); return null;                          // addr
            case 0x03: Bytes(Half()); return null;                                          // block2
            case 0x04: Bytes(Word()); return null;                                          // block4
            case 0x05 or 0x12 or 0x26 or 0x2A: number = Half(); return null;                // data2, ref2, strx2, addrx2
            case 0x06 or 0x13 or 0x17 or 0x28 or 0x2C: number = Word(); return null;        // data4, ref4, sec_offset, strx4, addrx4
            case 0x07 or 0x14 or 0x20: Bytes(8); return null;                               // data8, ref8, ref_sig8
            case 0x08: return Text();                                                       // string
            case 0x09 or 0x18: Bytes(Unsigned()); return null;                              // block, exprloc
            case 0x0A: Bytes(Byte()); return null;                                          // block1
            case 0x0B or 0x0C or 0x11 or 0x25 or 0x29: number = Byte(); return null;        // data1, flag, ref1, strx1, addrx1
            case 0x0D: number = (ulong)Signed(); return null;                               // sdata
            case 0x0E: return DebugSections.TextAt(_sections.Find(".debug_str"), Word());   // strp
            case 0x0F or 0x15 or 0x1A or 0x1B or 0x22 or 0x23: number = Unsigned(); return null; // udata, ref_udata, strx, addrx, loclistx, rnglistx
            case 0x10: number = Word(); return null;                                        // ref_addr
            case 0x19: number = 1; return null;                                             // flag_present
            case 0x1E: Bytes(16); return null;                                              // data16
            case 0x1F: return DebugSections.TextAt(_sections.Find(".debug_line_str"), Word()); // line_strp
            case 0x21: number = (ulong)implicitConstant; return null;                       // implicit_const
            default: throw Damaged();
        }
    }

    public readonly FirmwareFormatException Damaged() => _sections.Damaged(FormattableString.Invariant($"{_name} at 0x{Position:X}"));
}
