using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.ExternalBus;

/// <summary>External bus interface (8077I ch. 24): SRAM, SRAM with fewer pins, and SDRAM behind four chip selects.</summary>
/// <remarks>
/// Limitations: what is modelled is whose byte answers and how long the bus master waits, not the bus: ports H, J and K
/// are taken over, with each line as it stands between two accesses, and show no waveforms. No page seen states a formula
/// for the cycles; the model is address latches of 2 clk_PER2 cycles when their byte changes, then 2 and the wait states;
/// for SDRAM the delays of its registers, and a row cycle (ROWCYCDLY) for each refresh (unverified). The contents of SDRAM
/// outlive a missing refresh, SDMODE is kept and does nothing. The 16-bit registers are written byte by byte, without a
/// temporary byte. A DMA access makes the CPU wait.
/// </remarks>
internal sealed class ExternalBusInterface : IoModule, IExternalBus
{
    public const int ChipSelects = 4;

    private const int CTRL = 0x00;
    private const int SDRAMCTRLA = 0x01;
    private const int REFRESH = 0x04;
    private const int INITDLY = 0x06;
    private const int SDRAMCTRLB = 0x08;
    private const int SDRAMCTRLC = 0x09;
    private const int CS0 = 0x10;
    private const int CSCTRLA = 0; // within a chip select
    private const int CSCTRLB = 1;
    private const int CSBASEADDR = 2;

    private const byte IFMODE = 0x03;     // ports in use; 0: off
    private const byte TWOPORT = 0x03;    // IFMODE without port K
    private const byte SDDATAW = 0xC0;    // SDRAM data bus: 4 or 8 bits
    private const byte SDCAS = 0x08;      // CAS latency 3, not 2
    private const byte SDINITDONE = 0x80; // SDRAM ready
    private const byte SDSREN = 0x04;     // SDRAM in self refresh
    private const byte ALE1 = 0x04;       // lines on port H: first address latch,
    private const byte ALE2 = 0x08;       // second address latch,
    private const byte WE = 0x01;         // write,
    private const byte RE = 0x02;         // read, CAS of SDRAM,
    private const byte RAS = 0x04;        // of SDRAM,
    private const byte CKE = 0x40;        // of SDRAM, clock enable

    private const int Latch = 2;   // clk_PER2 cycles of an address latch (unverified)
    private const int Strobe = 2;  // of reading or writing, with no wait state (unverified)
    private const int Unknown = -1;

    private readonly ChipServices _services;
    private readonly DataSpace _data;
    private readonly ScheduledAction _initialized;
    private readonly ChipSelect[] _selects = [new(), new(), new(), new()];
    private byte _ctrl;
    private byte _sdramctrla;
    private byte _sdramctrlb;
    private byte _sdramctrlc;
    private ushort _refresh;
    private ushort _initdly;
    private bool _sdramReady;
    private int _latched = Unknown; // the address in the latches
    private int _openRow = Unknown;
    private long _left; // cycles of an initialization that stands still
    private long _refreshed; // cycle of the last refresh that was taken into account
    private bool _checked; // that the control lines are outputs
    private BusPins? _pins;

    public ExternalBusInterface(ChipServices services, DataSpace data)
        : base("EBI", 0x0440, Map)
    {
        _services = services;
        _data = data;
        _initialized = services.Schedule.Create("EBI SDRAM ready", Phase.Module, Ready);
    }

    private static RegisterTable Map { get; } = MakeMap();

    private ChipSelect SdramSelect => _selects[ChipSelects - 1]; // SDRAM is on CS3 only

    public override byte Peek(int offset) => offset switch
    {
        CTRL => _ctrl,
        SDRAMCTRLA => _sdramctrla,
        REFRESH => (byte)_refresh,
        REFRESH + 1 => (byte)(_refresh >> 8),
        INITDLY => (byte)_initdly,
        INITDLY + 1 => (byte)(_initdly >> 8),
        SDRAMCTRLB => _sdramctrlb,
        SDRAMCTRLC => _sdramctrlc,
        >= CS0 => PeekSelect(_selects[(offset - CS0) / 4], (offset - CS0) % 4),
        _ => 0,
    };

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case CTRL:
                _ctrl = value;
                StartSdram();
                TakePins();
                break;
            case SDRAMCTRLA:
                _sdramctrla = value;
                break;
            case REFRESH or REFRESH + 1:
                SetByte(ref _refresh, offset - REFRESH, value);
                break;
            case INITDLY or INITDLY + 1:
                SetByte(ref _initdly, offset - INITDLY, value);
                break;
            case SDRAMCTRLB:
                _sdramctrlb = value;
                break;
            case SDRAMCTRLC:
                _sdramctrlc = value;
                break;
            case >= CS0:
                WriteSelect(_selects[(offset - CS0) / 4], (offset - CS0) % 4, value);
                break;
        }
    }

    public override void Reset()
    {
        _ctrl = _sdramctrla = _sdramctrlb = _sdramctrlc = 0;
        _refresh = _initdly = 0;
        foreach (ChipSelect select in _selects) select.Reset();
        StartSdram();
        TakePins();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrl);
        s.Value(ref _sdramctrla);
        s.Value(ref _sdramctrlb);
        s.Value(ref _sdramctrlc);
        s.Value(ref _refresh);
        s.Value(ref _initdly);
        s.Value(ref _sdramReady);
        s.Value(ref _latched);
        s.Value(ref _openRow);
        s.Value(ref _left);
        s.Value(ref _refreshed);
        s.Value(ref _checked);
        s.Value(_initialized);
        foreach (ChipSelect select in _selects) select.State(s);
    }

    /// <summary>Puts a part on a chip select, as a board does.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="size">Bytes: a power of two, 256 to 16 Mi.</param>
    /// <param name="number">Chip select 0–3; SDRAM on 3.</param>
    public void Attach(ExternalMemoryKind kind, int size, int number) => _selects[number].Attach(kind, size);

    /// <summary>Gets the pins, once there are ports. Call at construction only.</summary>
    /// <param name="pins">The pins.</param>
    public void Connect(BusPins pins) => _pins = pins;

    byte IExternalBus.Peek(int address) => Find(address, out _) is { } select ? select.At(address) : (byte)0;

    string? IExternalBus.Read(int address, out byte value)
    {
        value = 0;
        if (Find(address, out string? why) is not { } select) return why;
        if (!_checked) CheckPins(select);
        _data.Stall(Wait(select, address, writes: false));
        value = select.At(address);
        return null;
    }

    string? IExternalBus.Write(int address, byte value)
    {
        if (Find(address, out string? why) is not { } select) return why;
        if (!_checked) CheckPins(select);
        _data.Stall(Wait(select, address, writes: true));
        select.At(address) = value;
        return null;
    }

    /// <summary>Power reduction: an initialization of SDRAM stands still; memory does not answer.</summary>
    protected override void OnStoppedChanged()
    {
        if (IsStopped && _initialized.IsBooked)
        {
            _left = _initialized.Cycle - _services.Schedule.Now;
            _initialized.Cancel();
        }
        else if (!IsStopped && _left != 0)
        {
            _initialized.Book(_services.Schedule.Now + _left);
            _left = 0;
        }
    }

    private static RegisterTable MakeMap()
    {
        RegisterTable map = new RegisterTable("EBI", 0x20)
            .Add(CTRL, "CTRL", 0xFF)
            .Add(SDRAMCTRLA, "SDRAMCTRLA", 0x0F)
            .Add(REFRESH, "REFRESHL", 0xFF)
            .Add(REFRESH + 1, "REFRESHH", 0x03)
            .Add(INITDLY, "INITDLYL", 0xFF)
            .Add(INITDLY + 1, "INITDLYH", 0x3F)
            .Add(SDRAMCTRLB, "SDRAMCTRLB", 0xFF)
            .Add(SDRAMCTRLC, "SDRAMCTRLC", 0xFF);
        for (int n = 0; n < ChipSelects; n++)
        {
            int at = CS0 + (4 * n);
            map.Add(at + CSCTRLA, $"CS{n}_CTRLA", 0x7F).Add(at + CSCTRLB, $"CS{n}_CTRLB", 0x07);
            map.Add(at + CSBASEADDR, $"CS{n}_BASEADDRL", 0xF0).Add(at + CSBASEADDR + 1, $"CS{n}_BASEADDRH", 0xFF);
        }

        return map;
    }

    private static void SetByte(ref ushort word, int which, byte value) =>
        word = (ushort)(which == 0 ? (word & 0xFF00) | value : (word & 0x00FF) | (value << 8));

    private byte PeekSelect(ChipSelect select, int offset) => offset switch
    {
        CSCTRLA => select.Control,
        CSCTRLB => (byte)(select.ControlB | (select == SdramSelect && _sdramReady ? SDINITDONE : 0)),
        CSBASEADDR => (byte)select.Base,
        _ => (byte)(select.Base >> 8),
    };

    private void WriteSelect(ChipSelect select, int offset, byte value)
    {
        switch (offset)
        {
            case CSCTRLA:
                select.Control = value;
                if (select == SdramSelect) StartSdram();
                else if (select.Mode == ChipSelect.Sdram) _services.Diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + CS0, "EBI: SDRAM works on chip select 3 only");
                TakePins();
                break;
            case CSCTRLB:
                select.ControlB = value;
                break;
            default:
                SetByte(ref select.Base, offset - CSBASEADDR, value);
                break;
        }
    }

    // Enabling SDRAM waits INITDLY, then precharges, refreshes twice and loads the mode register (order recalled).
    private void StartSdram()
    {
        _openRow = _latched = Unknown;
        if ((_ctrl & IFMODE) == 0 || SdramSelect.Mode != ChipSelect.Sdram)
        {
            _sdramReady = false;
            _initialized.Cancel();
        }
        else if (!_sdramReady && !_initialized.IsBooked)
        {
            int cycles = _initdly + (_sdramctrlb & 0x07) + (2 * RowCycle) + (_sdramctrlb >> 6);
            if (_refresh == 0) _services.Diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + REFRESH, "EBI: SDRAM is enabled with EBI.REFRESH 0, which is too short (erratum 13): set it before");
            _initialized.Book(_services.Schedule.Now + InPeripheralCycles(cycles) + 1);
        }
    }

    private void Ready()
    {
        _sdramReady = true;
        _refreshed = _services.Schedule.Now;
    }

    // The lines of each chip select that is on, by its mode (ebi.md, Pins).
    private void TakePins()
    {
        _checked = false;
        int control = 0, idle = 0, data = 0, low = 0, high = 0;
        foreach (ChipSelect select in _selects)
        {
            if ((_ctrl & IFMODE) == 0 || select.Mode == ChipSelect.Disabled) continue;
            if (select.Mode == ChipSelect.Sdram && select != SdramSelect) continue;
            int lines = ControlLines(select);
            control |= lines;
            if (select.Mode == ChipSelect.Sdram)
            {
                (idle, data, low, high) = (WE | RE | RAS | CKE, data | 0x0F, low | 0xF0, 0xFF);
                if ((_ctrl & SDDATAW) != 0) (data, low) = (0xFF, 0);
                continue;
            }

            idle |= lines & ~(ALE1 | ALE2);
            data = 0xFF;
            bool latchesAll = select.Mode == ChipSelect.SramLowPinCount && (_ctrl & 0x30) != 0;
            if ((_ctrl & IFMODE) != TWOPORT && !latchesAll) high = 0xFF;
        }

        _pins?.Take(control, idle, data, low & ~data, high);
    }

    private int ControlLines(ChipSelect select)
    {
        if (select.Mode == ChipSelect.Sdram) return 0xFF;
        int lines = WE | RE | (0x10 << Array.IndexOf(_selects, select));
        if (select.Mode == ChipSelect.SramLowPinCount) return lines | ALE1 | ((_ctrl & 0x30) != 0 ? ALE2 : 0);
        return lines | ((_ctrl >> 2) & 3) switch { 0 => ALE1, 1 => ALE2, 2 => ALE1 | ALE2, _ => 0 };
    }

    // Control lines are outputs only if software makes them so: a mistake that the part answers with nothing at all.
    private void CheckPins(ChipSelect select)
    {
        _checked = true;
        if (_pins?.NotDriven(ControlLines(select)) is { } missing)
            _services.Diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + CTRL, $"EBI: control lines of the memory are no outputs: {missing}; set them in PORTH.DIR, the EBI does not");
    }

    private int RowCycle => (_sdramctrlb >> 3) & 0x07;

    private ChipSelect? Find(int address, out string? why)
    {
        why = IsStopped ? "the EBI is stopped by its power reduction bit"
            : (_ctrl & IFMODE) == 0 ? "no external memory answers: EBI.CTRL.IFMODE is off"
            : "no external memory answers: no chip select covers it";
        if (IsStopped || (_ctrl & IFMODE) == 0) return null;
        for (int n = 0; n < ChipSelects; n++)
        {
            // Of several the lowest (recalled).
            if (!_selects[n].Covers(address)) continue;
            why = $"no external memory answers: the board has no part for this mode on chip select {n}";
            if (!_selects[n].HasPart) return null;
            why = "no external memory answers: the SDRAM is not initialized (CS3.CTRLB.SDINITDONE)";
            return _selects[n].Mode != ChipSelect.Sdram || _sdramReady ? _selects[n] : null;
        }

        return null;
    }

    // The one place that says how long an access takes beyond its slot, in clk_PER cycles.
    private int Wait(ChipSelect select, int address, bool writes) =>
        InPeripheralCycles(select.Mode == ChipSelect.Sdram ? SdramCycles(address, writes) : LatchCycles(select, address) + Strobe + select.WaitStates);

    private int LatchCycles(ChipSelect select, int address)
    {
        bool fewPins = select.Mode == ChipSelect.SramLowPinCount;
        int mode = fewPins ? (_ctrl >> 4) & 3 : (_ctrl >> 2) & 3;
        // LPC latches A7-A0 and with a second latch A15-A8; SRAM A15-A8 (ALE1), A23-A16 (ALE2), or both.
        (int first, int second) = (fewPins, mode) switch
        {
            (true, 0) => (0x0000FF, 0),
            (true, _) => (0x0000FF, 0x00FF00),
            (false, 0) => (0x00FF00, 0),
            (false, 1) => (0xFF0000, 0),
            (false, 2) => (0x00FF00, 0xFF0000),
            _ => (0, 0),
        };
        int changed = _latched == Unknown ? -1 : _latched ^ address;
        _latched = address;
        return Latch * (((changed & first) != 0 ? 1 : 0) + ((changed & second) != 0 ? 1 : 0));
    }

    private int SdramCycles(int address, bool writes)
    {
        int columns = 8 + (_sdramctrla & 0x03);
        int row = address >> columns;
        int cycles = RefreshCycles();
        if (row != _openRow) cycles += (_openRow == Unknown ? 0 : _sdramctrlb & 0x07) + (_sdramctrlc & 0x07); // RPDLY, ROWCOLDLY
        _openRow = row;
        int transfers = (_ctrl & SDDATAW) == 0 ? 2 : 1; // nibbles of a byte on a bus of 4 bits
        return cycles + transfers + (writes ? _sdramctrlc >> 6 : (_sdramctrla & SDCAS) != 0 ? 3 : 2); // WRDLY, CAS latency
    }

    // A refresh every REFRESH cycles of clk_PER2 closes the row, and an access that comes while one is under way waits for
    // its end. In self refresh the memory does that by itself, and an access first ends it (ESRDLY).
    private int RefreshCycles()
    {
        if ((SdramSelect.ControlB & SDSREN) != 0) return (_sdramctrlc >> 3) & 0x07;
        if (_refresh == 0) return 0;
        long since = (_services.Schedule.Now - _refreshed) * _services.Timeline.Per2Ratio;
        long into = since % _refresh;
        if (since < _refresh) return 0;
        _refreshed += (since - into) / _services.Timeline.Per2Ratio;
        _openRow = Unknown;
        return into < RowCycle ? RowCycle - (int)into : 0;
    }

    private int InPeripheralCycles(int per2Cycles)
    {
        int ratio = _services.Timeline.Per2Ratio;
        return (per2Cycles + ratio - 1) / ratio;
    }
}
