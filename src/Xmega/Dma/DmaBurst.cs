using Xmega.Memory;
using Xmega.State;

namespace Xmega.Dma;

/// <summary>
/// One burst on the bus, cycle by cycle: the read master, the buffer of four bytes, the write master (8077I 4.10, 5.8). Two
/// bytes are read before a write is started; where source and destination lie in different sections, reads and writes
/// overlap, in the same section they alternate. A master holds its section from its first access to its last.
/// </summary>
/// <remarks>What one access costs is the manual's (4.11); how the two masters overlap in detail is unverified.</remarks>
internal sealed class DmaBurst
{
    private const int BufferSize = 4;
    private const int ReadAhead = 2; // bytes read before the first write, when the burst has as many

    private readonly DataSpace _data;
    private readonly BusArbiter _arbiter;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _length;
    private int _read;
    private int _written;
    private int _section;      // that of the last read, or -1: the next read is the first there
    private long _readEnds;    // last cycle of the read in progress, or -1

    public DmaBurst(DataSpace data)
    {
        _data = data;
        _arbiter = data.Arbiter;
    }

    /// <summary>How a step of a burst ended.</summary>
    public enum Outcome
    {
        /// <summary>There is more to move.</summary>
        GoesOn,

        /// <summary>Everything is written.</summary>
        Complete,

        /// <summary>A byte was written to mapped EEPROM, or read from it while it is off (5.9).</summary>
        Error,
    }

    /// <summary>Gets the byte that was written in the last step, or -1.</summary>
    public int WrittenByte { get; private set; }

    /// <summary>Begins a burst; the first step comes in the current cycle, and one in every cycle until it is over.</summary>
    /// <param name="length">Bytes, 1–8.</param>
    public void Begin(int length)
    {
        _length = length;
        _read = _written = 0;
        _section = -1;
        _readEnds = -1;
    }

    /// <summary>Reads no more; what is in the buffer is still written.</summary>
    /// <returns>False when nothing is: the burst is over.</returns>
    public bool Abort()
    {
        _length = _read;
        _readEnds = -1;
        return _written < _read;
    }

    /// <summary>What happens in a cycle.</summary>
    /// <param name="channel">The channel whose burst it is.</param>
    /// <param name="now">The current cycle.</param>
    public Outcome Step(DmaChannel channel, long now)
    {
        WrittenByte = -1;
        BusSection from = _data.SectionOf(channel.Source);
        BusSection to = _data.SectionOf(channel.Destination);
        bool shared = from == to && _read < _length;
        // Bytes that were read in earlier cycles can be written in this one.
        int buffered = _read - _written;
        bool writes = buffered > 0 && (_read >= _length || (shared ? buffered >= ReadAhead : _read >= ReadAhead));
        if (writes && !(shared && _readEnds >= 0))
        {
            if (to == BusSection.Eeprom) return Outcome.Error;
            if (_arbiter.Take(to, _length > 1)) Write(channel);
        }

        if (_readEnds >= 0)
        {
            if (_readEnds <= now) Read(channel, to);
        }
        else if (_read < _length && buffered < BufferSize && !(shared && writes))
        {
            if (from == BusSection.Eeprom && _data.EepromIsOff()) return Outcome.Error;
            if (_arbiter.Take(from, _length > 1))
            {
                _readEnds = now + ReadCycles(from, (int)from != _section) - 1;
                _section = (int)from;
                if (_readEnds == now) Read(channel, to);
            }
        }

        return _written == _length ? Outcome.Complete : Outcome.GoesOn;
    }

    /// <summary>Gives up what the burst holds, at the end of the current cycle.</summary>
    public void Release()
    {
        for (var section = BusSection.Io; section <= BusSection.External; section++) _arbiter.Release(section);
    }

    public void State(StateStream s)
    {
        s.Bytes(_buffer);
        s.Value(ref _length);
        s.Value(ref _read);
        s.Value(ref _written);
        s.Value(ref _section);
        s.Value(ref _readEnds);
    }

    // 8077I 4.11: within a burst SRAM gives new data every cycle, EEPROM every second one. External memory: as I/O, until
    // its interface is asked (unverified).
    private static int ReadCycles(BusSection section, bool first) => section switch
    {
        BusSection.Sram => first ? 2 : 1,
        BusSection.Eeprom => first ? 3 : 2,
        _ => 1,
    };

    private void Read(DmaChannel channel, BusSection to)
    {
        _readEnds = -1;
        _buffer[_read % BufferSize] = _data.DmaRead(channel.Source);
        _read++;
        channel.Read();
        if (_read >= _length && _section != (int)to) _arbiter.Release((BusSection)_section);
    }

    private void Write(DmaChannel channel)
    {
        byte value = _buffer[_written % BufferSize];
        _data.DmaWrite(channel.Destination, value);
        _written++;
        WrittenByte = value;
        channel.Written();
    }
}
