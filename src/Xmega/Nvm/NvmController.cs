using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Nvm;

/// <summary>
/// Non-volatile memory controller (8077I 4.15, ch. 30): commands that read, erase and write flash, EEPROM, lock bits and
/// the user row, with their page buffers, and how long memory is busy then.
/// </summary>
/// <remarks>
/// Limitations: programming takes its typical time, whatever supply and temperature. FPRM and EPRM are kept and
/// slow nothing. There is no PDI: fuses, chip erase and LB are matters of the command line and of the library. Errata of
/// revisions G and H (commands 0x2B, 0x2E, 0x2F and 0x3A without effect, DATA0 writes that load the EEPROM buffer) are
/// not modelled: the commands work as the manual says.
/// </remarks>
internal sealed class NvmController : IoModule, IFlashAccess
{
    private const int ADDR0 = 0x00;
    private const int ADDR1 = 0x01;
    private const int ADDR2 = 0x02;
    private const int DATA0 = 0x04;
    private const int DATA1 = 0x05;
    private const int DATA2 = 0x06;
    private const int CMD = 0x0A;
    private const int CTRLA = 0x0B;
    private const int CTRLB = 0x0C;
    private const int INTCTRL = 0x0D;
    private const int STATUS = 0x0F;
    private const int LOCKBITS = 0x10;

    private const byte CMDEX = 0x01;   // execute the command
    private const byte EEMAPEN = 0x08; // EEPROM mapped into the data space
    private const byte FPRM = 0x04;    // flash power reduction mode
    private const byte EPRM = 0x02;    // EEPROM power reduction mode
    private const byte SPMLOCK = 0x01; // self-programming locked until reset
    private const byte SPMLVL = 0x0C;  // SPM ready interrupt level
    private const byte EELVL = 0x03;   // EEPROM ready interrupt level
    private const byte NVMBUSY = 0x80; // flash, EEPROM or lock bits being programmed
    private const byte FBUSY = 0x40;   // flash being programmed: the application section does not answer
    private const byte EELOAD = 0x02;  // EEPROM page buffer has loaded bytes
    private const byte FLOAD = 0x01;   // flash page buffer has loaded words

    private const int ApplicationEnd = ProgramMemory.BootStart;

    private readonly ProgramMemory _flash;
    private readonly DataSpace _data;
    private readonly Eeprom _eeprom;
    private readonly ChipServices _services;
    private readonly LockBits _locks;
    private readonly SignatureRows _rows;
    private readonly Programming _programming;
    private readonly ScheduledAction _done;
    private readonly InterruptLine _eepromReady;
    private readonly InterruptLine _spmReady;
    private readonly Func<int, byte> _readBusyEeprom;
    private readonly byte[] _buffer = new byte[ProgramMemory.PageSize];
    private int _address;
    private int _value; // DATA2:DATA0
    private byte _cmd;
    private byte _ctrlb;
    private byte _intctrl;
    private bool _bufferLoaded;
    private bool _busy;
    private bool _erasesBuffers; // at the end of what is under way
    private long _started;       // picoseconds
    private long _duration;

    public NvmController(ChipServices services, ProgramMemory flash, DataSpace data, LockBits locks, SignatureRows rows)
        : base("NVM", 0x01C0, Map)
    {
        _services = services;
        _flash = flash;
        _data = data;
        _eeprom = data.Eeprom;
        _locks = locks;
        _rows = rows;
        _programming = new Programming(flash, _eeprom, rows);
        _done = services.Schedule.Create("NVM ready", Phase.Module, Finish);
        _eepromReady = services.Interrupts.Connect(32, "NVM_EE", null);
        _spmReady = services.Interrupts.Connect(33, "NVM_SPM", null);
        _readBusyEeprom = ReadBusy;
        locks.Changed += ReviewReads;
        ProgramMemory.Erase(_buffer);
    }

    /// <summary>Gets the cycle in which what is being programmed is done; 0 when nothing is.</summary>
    public long ReadyCycle => _busy ? _done.Cycle : 0;

    private static RegisterTable Map { get; } = new RegisterTable("NVM", 0x11)
        .Add(ADDR0, "ADDR0", 0xFF)
        .Add(ADDR1, "ADDR1", 0xFF)
        .Add(ADDR2, "ADDR2", 0xFF)
        .Add(DATA0, "DATA0", 0xFF)
        .Add(DATA1, "DATA1", 0xFF)
        .Add(DATA2, "DATA2", 0xFF)
        .Add(CMD, "CMD", 0x7F)
        .Add(CTRLA, "CTRLA", CMDEX, Access.Strobe)
        .Add(CTRLB, "CTRLB", EEMAPEN | FPRM | EPRM | SPMLOCK, protectedBits: SPMLOCK)
        .Add(INTCTRL, "INTCTRL", SPMLVL | EELVL)
        .Add(STATUS, "STATUS", 0, Access.ReadOnly)
        .Add(LOCKBITS, "LOCKBITS", 0, Access.ReadOnly);

    public override byte Peek(int offset) => offset switch
    {
        ADDR0 => (byte)_address,
        ADDR1 => (byte)(_address >> 8),
        ADDR2 => (byte)(_address >> 16),
        DATA0 => (byte)_value,
        DATA1 => (byte)(_value >> 8),
        DATA2 => (byte)(_value >> 16),
        CMD => _cmd,
        CTRLB => _ctrlb,
        INTCTRL => _intctrl,
        STATUS => Status,
        LOCKBITS => _locks.Value,
        _ => 0, // CTRLA
    };

    private byte Status => (byte)((_busy ? NVMBUSY : 0) | (_programming.IsFlash ? FBUSY : 0) | (_eeprom.Tags != 0 ? EELOAD : 0) | (_bufferLoaded ? FLOAD : 0));

    public override long HoldsUntil(int offset) => offset is STATUS ? ScheduledAction.Never : 0;

    public override void Write(int offset, byte value)
    {
        if (_busy && offset != INTCTRL)
        {
            _services.Diagnostics.Report(DiagnosticKind.ProtectedWrite, BaseAddress + offset, $"write of 0x{value:X2} to NVM.{Registers[offset]!.Name} ignored: NVM.STATUS.NVMBUSY is set");
            return;
        }

        switch (offset)
        {
            case ADDR0:
                _address = (_address & 0xFFFF00) | value;
                break;
            case ADDR1:
                _address = (_address & 0xFF00FF) | (value << 8);
                break;
            case ADDR2:
                _address = (_address & 0x00FFFF) | (value << 16);
                break;
            case DATA0:
                _value = (_value & 0xFFFF00) | value;
                if (_cmd == NvmCommand.LOAD_EEPROM_BUFFER) LoadEepromBuffer(value);
                break;
            case DATA1:
                _value = (_value & 0xFF00FF) | (value << 8);
                break;
            case DATA2:
                _value = (_value & 0x00FFFF) | (value << 16);
                break;
            case CMD:
                _cmd = value;
                ReviewReads();
                break;
            case CTRLA:
                if ((value & CMDEX) != 0) Execute(NvmCommand.Of(_cmd));
                break;
            case CTRLB:
                _ctrlb = (byte)(value | (_ctrlb & SPMLOCK));
                _eeprom.IsMapped = (value & EEMAPEN) != 0;
                break;
            case INTCTRL:
                _intctrl = value;
                ReviewInterrupts();
                break;
        }
    }

    // What is being programmed goes on through any reset that leaves the supply alone (unverified).
    public override void Reset()
    {
        _address = _value = 0;
        _cmd = _ctrlb = _intctrl = 0;
        _eeprom.IsMapped = false;
        EraseBuffers();
        ReviewReads();
        ReviewInterrupts();
    }

    /// <summary>The supply fails: what is being programmed stays half done.</summary>
    public void PowerFails()
    {
        if (_programming.Target != Target.None) _programming.BreakOff(Math.Min(_services.Timeline.Picoseconds - _started, _duration), _duration);
        _done.Cancel();
        BecomeReady();
    }

    public bool IsBusy(int address) => _programming.Keeps(address);

    public bool LocksInterrupts(int instruction, int vectors)
    {
        FlashSection running = ProgramMemory.SectionOf(instruction);
        bool fromBoot = vectors >= ProgramMemory.BootStart;
        return !_locks.MayRead(running, fromBoot);
    }

    public byte Load(int address, int instruction)
    {
        switch (_cmd)
        {
            case NvmCommand.READ_USER_SIG_ROW:
                return _rows.User[address & (SignatureRows.UserSize - 1)];
            case NvmCommand.READ_CALIB_ROW:
                return _rows.Production(address);
            case NvmCommand.NO_OPERATION or NvmCommand.LOAD_FLASH_BUFFER:
                break;
            default:
                // What the part reads then is in no page seen.
                Report(DiagnosticKind.Configuration, $"LPM while {NvmCommand.Of(_cmd)} is selected: undefined, taken as a read of flash; write 0 to NVM.CMD first");
                break;
        }

        FlashSection section = ProgramMemory.SectionOf(address);
        if (_locks.MayRead(section, instruction >= ProgramMemory.BootStart)) return _programming.Keeps(address) ? ReadBusy(address) : _flash.Read((uint)address);
        Report(DiagnosticKind.ProtectedWrite, $"LPM of 0x{address:X5} reads 0xFF: the lock bits keep the {NameOf(section)} section from being read here");
        return ProgramMemory.Erased; // unverified
    }

    public void Store(int address, int word, int instruction, bool isOpen)
    {
        NvmCommand command = NvmCommand.Of(_cmd);
        if (RefusalOf(command, instruction, isOpen) is { } refusal)
        {
            Report(DiagnosticKind.ProtectedWrite, $"SPM does nothing: {refusal}");
            return;
        }

        if (_cmd == NvmCommand.LOAD_FLASH_BUFFER)
        {
            int at = address & (ProgramMemory.PageSize - 2);
            _buffer[at] &= (byte)word; // a second load of the same word leaves the AND of both
            _buffer[at + 1] &= (byte)(word >> 8);
            _bufferLoaded = true;
            return;
        }

        Program(command, address);
    }

    public override void State(StateStream s)
    {
        s.Value(ref _address);
        s.Value(ref _value);
        s.Value(ref _cmd);
        s.Value(ref _ctrlb);
        s.Value(ref _intctrl);
        s.Value(ref _bufferLoaded);
        s.Value(ref _busy);
        s.Value(ref _erasesBuffers);
        s.Value(ref _started);
        s.Value(ref _duration);
        s.Bytes(_buffer);
        s.Value(_done);
        _programming.State(s);
        _eeprom.State(s);
        _services.Fuses.State(s);
        _locks.State(s);
        _rows.State(s);
        if (!s.IsRestoring) return;
        _eeprom.IsMapped = (_ctrlb & EEMAPEN) != 0;
        ShowBusy();
    }

    private static string NameOf(FlashSection section) => section switch
    {
        FlashSection.Boot => "boot",
        FlashSection.Table => "application table",
        _ => "application",
    };

    private void Execute(NvmCommand command)
    {
        // READ_FUSES needs no signature by the manual's table (unverified).
        if (!_services.Protection.IoRegisterOpen && command.Code != NvmCommand.READ_FUSES)
        {
            Report(DiagnosticKind.ProtectedWrite, $"write of CMDEX to NVM.CTRLA ignored: it starts a command only within {Latency.ConfigurationChangeWindow} instructions of writing 0xD8 to CCP");
            return;
        }

        if (command.Trigger != Trigger.Execute)
        {
            Report(DiagnosticKind.Configuration, $"CMDEX does nothing: {WrongTrigger(command)}");
            return;
        }

        switch (command.Code)
        {
            case NvmCommand.READ_EEPROM when _eeprom.IsMapped:
                Report(DiagnosticKind.Configuration, "READ_EEPROM does nothing while NVM.CTRLB.EEMAPEN is set: read the mapped EEPROM");
                break;
            case NvmCommand.READ_EEPROM:
                _value = (_value & 0xFFFF00) | _eeprom.Span[_address & (Eeprom.Size - 1)];
                break;
            case NvmCommand.READ_FUSES:
                _value = (_value & 0xFFFF00) | ((_address & 0xFF) < Fuses.Count ? _services.Fuses[_address & 0xFF] : ProgramMemory.Erased);
                break;
            case NvmCommand.WRITE_LOCK_BITS:
                // A bit goes from 1 to 0 only. The byte shows and holds from now on, whatever the supply does (unverified).
                _locks.Value &= (byte)_value;
                StartFor(ProgrammingTime.Write, halts: true, erasesBuffers: true);
                break;
            case NvmCommand.ERASE_FLASH_BUFFER:
                ProgramMemory.Erase(_buffer);
                _bufferLoaded = false;
                StartForCycles(ProgrammingTime.Flush, halts: false);
                break;
            case NvmCommand.ERASE_EEPROM_BUFFER:
                _eeprom.EraseBuffer();
                StartForCycles(ProgrammingTime.Flush, halts: false);
                break;
            case NvmCommand.APP_CRC:
                Checksum(0, ApplicationEnd);
                break;
            case NvmCommand.BOOT_CRC:
                Checksum(ApplicationEnd, ProgramMemory.Size);
                break;
            case NvmCommand.FLASH_RANGE_CRC:
                ChecksumOfRange();
                break;
            default:
                Program(command, _address);
                break;
        }
    }

    // Why SPM starts nothing, or null when it does.
    private string? RefusalOf(NvmCommand command, int instruction, bool isOpen)
    {
        if (instruction < ProgramMemory.BootStart) return "it is executed outside the boot section";
        if (_busy) return "NVM.STATUS.NVMBUSY is set";
        if (command.Trigger != Trigger.Store) return WrongTrigger(command);
        if ((_ctrlb & SPMLOCK) != 0) return "NVM.CTRLB.SPMLOCK is set";
        if (!isOpen && command.Code != NvmCommand.LOAD_FLASH_BUFFER)
            return $"{command} needs 0x9D in CCP at most {Latency.ConfigurationChangeWindow} instructions before";
        return null;
    }

    private static string WrongTrigger(NvmCommand command) => command.Trigger switch
    {
        Trigger.None => $"{command} is no command for self-programming",
        Trigger.Execute => $"{command} is started by CMDEX in NVM.CTRLA",
        Trigger.Store => $"{command} is started by SPM in the boot section",
        Trigger.Load => $"{command} is started by LPM",
        _ => $"{command} is started by a write to NVM.DATA0",
    };

    private void Program(NvmCommand command, int address)
    {
        (int start, int length) = command.Target switch
        {
            Target.UserRow => (0, SignatureRows.UserSize),
            Target.Eeprom => (0, Eeprom.Size),
            Target.EepromPage => (address & (Eeprom.Size - Eeprom.PageSize), Eeprom.PageSize),
            Target.Application => (0, ApplicationEnd),
            _ => (address & ~(ProgramMemory.PageSize - 1), ProgramMemory.PageSize),
        };
        bool isEeprom = command.Target is Target.Eeprom or Target.EepromPage;
        if (!isEeprom && command.Target != Target.UserRow && ObstacleTo(command, start) is { } obstacle)
        {
            Report(DiagnosticKind.ProtectedWrite, $"{command} does nothing: {obstacle}");
            return;
        }

        _programming.Start(command, start, length, isEeprom ? _eeprom.Buffer : _buffer, _eeprom.Tags);
        StartFor((command.Erases ? ProgrammingTime.Erase : 0) + (command.Writes ? ProgrammingTime.Write : 0), _programming.Keeps(ApplicationEnd), command.Writes);
    }

    // Why a page of flash is not programmed, or null when it is.
    private string? ObstacleTo(NvmCommand command, int start)
    {
        FlashSection section = ProgramMemory.SectionOf(start);
        if (start >= ProgramMemory.Size) return $"Z points past the end of flash (0x{start:X5})";
        if ((command.Target == Target.ApplicationPage && section == FlashSection.Boot) || (command.Target == Target.BootPage && section != FlashSection.Boot))
            return $"Z (0x{start:X5}) does not point into that section";
        bool locked = !_locks.MayWrite(section) || (command.Target == Target.Application && !_locks.MayWrite(FlashSection.Table));
        return locked ? $"the lock bits (0x{_locks.Value:X2}) keep the section from being written" : null;
    }

    private void ChecksumOfRange()
    {
        if (!_locks.BootIsUnlocked)
        {
            Report(DiagnosticKind.ProtectedWrite, "FLASH_RANGE_CRC does nothing: the boot lock bits are programmed");
            return;
        }

        int start = _address & ~1, end = Math.Min((_value | 1) + 1, ProgramMemory.Size);
        if (start >= end)
        {
            Report(DiagnosticKind.Configuration, $"FLASH_RANGE_CRC does nothing: 0x{_address:X5} in NVM.ADDR to 0x{_value:X5} in NVM.DATA is no range of flash");
            return;
        }

        Checksum(start, end);
    }

    private void Checksum(int start, int end)
    {
        _value = (int)FlashChecksum.Of(_flash.Span[start..end]);
        StartForCycles((end - start) / 2 * ProgrammingTime.ChecksumWord, halts: true);
    }

    private void StartFor(long picoseconds, bool halts, bool erasesBuffers)
    {
        _started = _services.Timeline.Picoseconds;
        _duration = picoseconds;
        _erasesBuffers = erasesBuffers;
        _services.Timeline.Book(_done, _started + picoseconds);
        Start(halts);
    }

    private void StartForCycles(int cycles, bool halts)
    {
        _erasesBuffers = false;
        _done.Book(_services.Schedule.Now + cycles);
        Start(halts);
    }

    private void Start(bool halts)
    {
        _busy = true;
        ShowBusy();
        if (halts) _data.Halt(true);
    }

    private void Finish()
    {
        bool isFlash = _programming.IsFlash;
        bool locks = _programming.Target == Target.None;
        if (_programming.Target != Target.None) _programming.Finish();
        if (_erasesBuffers)
        {
            if (isFlash || locks) EraseFlashBuffer();
            if (!isFlash || locks) _eeprom.EraseBuffer();
        }

        BecomeReady();
    }

    private void BecomeReady()
    {
        _busy = _erasesBuffers = false;
        _data.Halt(false);
        ShowBusy();
    }

    private void ShowBusy()
    {
        _eeprom.BusyRead = _busy && _programming.Target is Target.Eeprom or Target.EepromPage ? _readBusyEeprom : null;
        _flash.IsBusy = _programming.IsFlash;
        ReviewReads();
        ReviewInterrupts();
    }

    private void ReviewReads() => _flash.ReadsAreSpecial = _cmd != NvmCommand.NO_OPERATION || _locks.LockReading || _programming.IsFlash;

    // Levels without flags: they are requested for as long as the controller is ready (8331B 4.25.10).
    private void ReviewInterrupts()
    {
        _eepromReady.Level = _intctrl & EELVL;
        _spmReady.Level = (_intctrl & SPMLVL) >> 2;
        _eepromReady.IsRequested = _spmReady.IsRequested = !_busy;
    }

    private void LoadEepromBuffer(byte value)
    {
        if (_eeprom.IsMapped)
        {
            Report(DiagnosticKind.Configuration, "LOAD_EEPROM_BUFFER does nothing while NVM.CTRLB.EEMAPEN is set: store to the mapped EEPROM");
            return;
        }

        _eeprom.LoadBuffer(_address, value);
    }

    // Who reads what is being programmed waits until it is done, and gets what is there then (unverified).
    private byte ReadBusy(int address)
    {
        _data.Stall((int)Math.Min(_done.Cycle - _services.Schedule.Now, int.MaxValue / 2));
        return _programming.ByteWhenDone(address);
    }

    private void EraseBuffers()
    {
        EraseFlashBuffer();
        _eeprom.EraseBuffer();
    }

    private void EraseFlashBuffer()
    {
        ProgramMemory.Erase(_buffer);
        _bufferLoaded = false;
    }

    private void Report(DiagnosticKind kind, string message) => _services.Diagnostics.Report(kind, _services.Diagnostics.ProgramCounter(), message);
}
