using System.Buffers;

namespace Xmega.Firmware;

/// <summary>
/// Reads Intel HEX (Intel, <i>Hexadecimal Object File Format Specification</i>, revision A, 1988), all three address
/// widths, as avr-objcopy and others write it.
/// </summary>
internal static class IntelHex
{
    private const int HeaderDigits = 8;     // count, address, type
    private const int ChecksumDigits = 2;
    private const int FrameBytes = (HeaderDigits + ChecksumDigits) / 2;

    private enum RecordType
    {
        Data = 0,
        End = 1,
        SegmentBase = 2,    // bits 4 to 19 of the address; the offset wraps at 64 KiB
        SegmentStart = 3,   // CS:IP
        LinearBase = 4,     // bits 16 to 31 of the address
        LinearStart = 5,    // EIP
    }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="FirmwareFormatException">The file cannot be used.</exception>
    public static FirmwareImage Load(ReadOnlySpan<byte> file, string fileName)
    {
        if (file.StartsWith(FileContent.ByteOrderMark)) file = file[FileContent.ByteOrderMark.Length..];
        var reader = new Reader(fileName, capacity: file.Length / 2);
        int line = 0;
        while (!file.IsEmpty)
        {
            line++;
            reader.ReadLine(Trim(TakeLine(ref file)), line);
        }

        return reader.Finish(line);
    }

    // A line ends with CR LF, LF or CR.
    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0) end = rest.Length;
        ReadOnlySpan<byte> line = rest[..end];
        int next = end + (rest[end..].StartsWith("\r\n"u8) ? 2 : 1);
        rest = next < rest.Length ? rest[next..] : [];
        return line;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line)
    {
        while (line.Length > 0 && line[0] is (byte)' ' or (byte)'\t') line = line[1..];
        while (line.Length > 0 && line[^1] is (byte)' ' or (byte)'\t') line = line[..^1];
        return line;
    }

    private sealed class Reader(string fileName, int capacity)
    {
        private readonly byte[] _data = new byte[capacity]; // every data byte of the file, in file order
        private readonly SegmentAssembler _segments = new(fileName, originsAreLines: true);
        private int _dataLength;
        private uint _base;
        private bool _wraps;            // the base is a segment's
        private uint? _entryPoint;
        private int _endLine;           // where the end record was; 0 before it

        public void ReadLine(ReadOnlySpan<byte> text, int line)
        {
            if (text.IsEmpty) return;
            if (_endLine != 0)
                throw _segments.Fail(line, FormattableString.Invariant($"data after the end record in line {_endLine}; two files may have been joined, build the file again"));
            if (text[0] != (byte)':')
                throw _segments.Fail(line, $"the line begins with {FirmwareText.Character(text[0])}, not ':'; this is no Intel HEX record, {FirmwareText.Damaged}");

            int count = Decode(text[1..], line);
            ReadOnlySpan<byte> record = _data.AsSpan(_dataLength, count + FrameBytes);
            uint offset = (uint)((record[1] << 8) | record[2]);
            byte type = record[3];
            ReadOnlySpan<byte> data = record.Slice(4, count);
            switch ((RecordType)type)
            {
                case RecordType.Data:
                    data.CopyTo(_data.AsSpan(_dataLength));
                    AddData(offset, count, line);
                    break;
                case RecordType.End:
                    Expect(type, count, 0, line);
                    _endLine = line;
                    break;
                case RecordType.SegmentBase:
                    Expect(type, count, 2, line);
                    _base = BigEndian(data) << 4;
                    _wraps = true;
                    break;
                case RecordType.LinearBase:
                    Expect(type, count, 2, line);
                    _base = BigEndian(data) << 16;
                    _wraps = false;
                    break;
                case RecordType.SegmentStart:
                    Expect(type, count, 4, line);
                    _entryPoint = (BigEndian(data[..2]) << 4) + BigEndian(data[2..]);
                    break;
                case RecordType.LinearStart:
                    Expect(type, count, 4, line);
                    _entryPoint = BigEndian(data);
                    break;
                default:
                    throw _segments.Fail(line, $"unknown record type 0x{type:X2}, Intel HEX has 0x00 to 0x05; {FirmwareText.Damaged}");
            }
        }

        public FirmwareImage Finish(int lastLine)
        {
            if (_endLine == 0) throw _segments.Fail(lastLine, "the end record (:00000001FF) is missing; the file was cut short, copy or build it again");
            if (_segments.IsEmpty) throw new FirmwareFormatException(fileName, null, "the file has records but no data; build it again");
            List<string> notices = [];
            IReadOnlyList<FirmwareSegment>[] segments = _segments.Build(_data, notices);
            SignatureCheck.Verify(segments[(int)MemoryKind.Signature], fileName);
            return new FirmwareImage(fileName, FirmwareFormat.IntelHex, segments, [], notices) { EntryPoint = _entryPoint };
        }

        // Decodes a record behind the bytes kept so far and returns its data count. The frame fits: two digits a byte.
        private int Decode(ReadOnlySpan<byte> digits, int line)
        {
            int whole = digits.Length / 2;
            OperationStatus status = Convert.FromHexString(digits[..(whole * 2)], _data.AsSpan(_dataLength, whole), out _, out _);
            if (status != OperationStatus.Done || (digits.Length % 2 != 0 && !char.IsAsciiHexDigit((char)digits[^1])))
                throw BadDigit(digits, line);
            if (digits.Length < HeaderDigits + ChecksumDigits)
                throw _segments.Fail(line, $"the record is cut short: {FirmwareText.Count(digits.Length, "digit")} after ':', at least 10 are needed; {FirmwareText.Damaged}");

            ReadOnlySpan<byte> record = _data.AsSpan(_dataLength, whole);
            int count = record[0];
            int needed = (count + FrameBytes) * 2;
            if (digits.Length != needed)
            {
                string which = digits.Length < needed ? "shorter" : "longer";
                throw _segments.Fail(line, FormattableString.Invariant(
                    $"the record is {which} than its count: 0x{count:X2} data bytes make {needed} digits after ':', there are {digits.Length}; {FirmwareText.Damaged}"));
            }

            byte sum = 0;
            foreach (byte value in record[..^1]) sum += value;
            byte checksum = (byte)-sum;
            if (checksum != record[^1])
                throw _segments.Fail(line, $"bad checksum: record says 0x{record[^1]:X2}, sum is 0x{checksum:X2}; {FirmwareText.Damaged}");
            return count;
        }

        private FirmwareFormatException BadDigit(ReadOnlySpan<byte> digits, int line)
        {
            int at = 0;
            while (char.IsAsciiHexDigit((char)digits[at])) at++;
            return _segments.Fail(line, FormattableString.Invariant($"{FirmwareText.Character(digits[at])} is no hexadecimal digit (character {at + 2} of the record); {FirmwareText.Damaged}"));
        }

        private void Expect(byte type, int count, int wanted, int line)
        {
            if (count != wanted)
                throw _segments.Fail(line, $"a type 0x{type:X2} record has {FirmwareText.Bytes(wanted)} of data, this one {count}; {FirmwareText.Damaged}");
        }

        private void AddData(uint offset, int count, int line)
        {
            // Behind a segment base the offset counts modulo 64 KiB, behind a linear base the sum counts on.
            int first = _wraps ? Math.Min(count, 0x1_0000 - (int)offset) : count;
            if (first > 0) _segments.Add(_base + offset, _dataLength, first, line);
            if (count > first) _segments.Add(_base, _dataLength + first, count - first, line);
            _dataLength += count;
        }

        private static uint BigEndian(ReadOnlySpan<byte> bytes)
        {
            uint value = 0;
            foreach (byte digit in bytes) value = (value << 8) | digit;
            return value;
        }
    }
}
