using Xmega.Dma;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Crypto;

/// <summary>AES crypto module (8077I ch. 23): one block of 128 bits with a key of 128 bits in 375 cycles.</summary>
/// <remarks>
/// Limitations: the DMA trigger at the end of an operation has the code of the A1U, 0x04, which the A1's header does not
/// list (unverified). RESET acts at once and is never read as 1.
/// </remarks>
internal sealed class Aes : IoModule
{
    private const int CTRL = 0;
    private const int STATUS = 1;
    private const int STATE = 2;
    private const int KEY = 3;
    private const int INTCTRL = 4;

    private const byte START = 0x80;   // start, and running
    private const byte AUTO = 0x40;    // start when STATE is full
    private const byte RESET = 0x20;   // reset the module
    private const byte DECRYPT = 0x10; // decrypt, not encrypt
    private const byte XOR = 0x04;     // what is written to STATE is added to what is there
    private const byte ERROR = 0x80;   // wrong use
    private const byte SRIF = 0x01;    // result ready
    private const byte INTLVL = 0x03;  // interrupt level

    private const int Duration = 375; // cycles from START to SRIF, 8077I 23.1
    private const int DmaTrigger = 0x04;
    private const int Last = AesCipher.BlockSize - 1;

    private readonly Schedule _schedule;
    private readonly Diagnostics _diagnostics;
    private readonly InterruptLine _interrupt;
    private readonly DmaRequestLine _dma;
    private readonly ScheduledAction _done;
    private readonly byte[] _state = new byte[AesCipher.BlockSize];
    private readonly byte[] _key = new byte[AesCipher.BlockSize];
    private byte _ctrl;
    private byte _status;
    private byte _intctrl;
    private byte _stateWrite; // pointers
    private byte _stateRead;
    private byte _keyWrite;
    private byte _keyRead;
    private byte _accesses; // of STATE and KEY since the pointers were last reset, modulo 16
    private long _left;     // cycles to go while the clock is stopped

    public Aes(ChipServices services)
        : base("AES", 0x00C0, Map)
    {
        _schedule = services.Schedule;
        _diagnostics = services.Diagnostics;
        _interrupt = services.Interrupts.Connect(31, "AES_INT", null);
        _dma = services.DmaRequests.Add("AES", DmaTrigger);
        _done = services.Schedule.Create("AES ready", Phase.Module, Finish);
    }

    private static RegisterTable Map { get; } = new RegisterTable("AES", 5)
        .Add(CTRL, "CTRL", START | AUTO | RESET | DECRYPT | XOR)
        .Add(STATUS, "STATUS", ERROR | SRIF, Access.WriteOneToClear)
        .Add(STATE, "STATE", 0xFF, Access.Data)
        .Add(KEY, "KEY", 0xFF, Access.Data)
        .Add(INTCTRL, "INTCTRL", INTLVL);

    private bool IsRunning => (_ctrl & START) != 0;

    public override byte Peek(int offset) => offset switch
    {
        CTRL => _ctrl,
        STATUS => _status,
        STATE => IsRunning ? (byte)0 : _state[_stateRead],
        KEY => IsRunning ? (byte)0 : _key[_keyRead],
        INTCTRL => _intctrl,
        _ => 0,
    };

    public override byte Read(int offset)
    {
        byte value = Peek(offset);
        switch (offset)
        {
            case CTRL:
                TouchControl();
                break;
            case STATE when !IsBusy("read of", STATE):
                Advance(ref _stateRead);
                SetStatus((byte)(_status & ~SRIF)); // by the first read (recalled)
                break;
            case KEY when !IsBusy("read of", KEY):
                Advance(ref _keyRead);
                break;
        }

        return value;
    }

    public override long HoldsUntil(int offset) => offset is STATUS ? ScheduledAction.Never : 0;

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case CTRL:
                WriteControl(value);
                break;
            case STATUS:
                SetStatus((byte)(_status & ~value));
                break;
            case STATE when !IsBusy("write to", STATE):
                WriteState(value);
                break;
            case KEY when !IsBusy("write to", KEY):
                _key[_keyWrite] = value;
                Advance(ref _keyWrite);
                break;
            case INTCTRL:
                _intctrl = value;
                _interrupt.Level = value;
                break;
        }
    }

    public override void Reset()
    {
        _done.Cancel();
        _left = 0;
        Array.Clear(_state);
        Array.Clear(_key);
        _ctrl = _intctrl = 0;
        _interrupt.Level = 0;
        ResetPointers();
        SetStatus(0);
    }

    public override void State(StateStream s)
    {
        s.Bytes(_state);
        s.Bytes(_key);
        s.Value(ref _ctrl);
        s.Value(ref _status);
        s.Value(ref _intctrl);
        s.Value(ref _stateWrite);
        s.Value(ref _stateRead);
        s.Value(ref _keyWrite);
        s.Value(ref _keyRead);
        s.Value(ref _accesses);
        s.Value(ref _left);
        s.Value(_done);
        if (!s.IsRestoring) return;
        _interrupt.Level = _intctrl;
        SetStatus(_status);
    }

    // PR.PRGEN.AES: the operation goes on where it stood.
    protected override void OnStoppedChanged()
    {
        if (!IsRunning) return;
        if (IsStopped)
        {
            _left = _done.Cycle - _schedule.Now;
            _done.Cancel();
        }
        else
        {
            _done.Book(_schedule.Now + _left);
        }
    }

    private void WriteControl(byte value)
    {
        if ((value & RESET) != 0)
        {
            Reset();
            return;
        }

        bool incomplete = _accesses != 0;
        TouchControl(); // breaks off what is running
        _ctrl = (byte)(value & ~START);
        if ((value & START) == 0) return;
        if (incomplete) Fail("START with STATE or KEY written or read in part: 16 bytes each");
        else if ((_status & ERROR) == 0) Start();
    }

    // Any access of CTRL resets the pointers; while the module runs it is an error, which ends the operation (recalled).
    private void TouchControl()
    {
        ResetPointers();
        if (IsRunning) Fail("CTRL is accessed while START is set");
    }

    private void WriteState(byte value)
    {
        if ((_ctrl & XOR) != 0)
        {
            _state[_stateWrite] ^= value;
            _stateRead = (byte)((_stateRead + 1) & Last);
        }
        else
        {
            _state[_stateWrite] = value;
        }

        bool full = _stateWrite == Last;
        Advance(ref _stateWrite);
        if (full && (_ctrl & AUTO) != 0) Start();
    }

    private void Start()
    {
        _ctrl |= START;
        ResetPointers();
        _done.Book(_schedule.Now + Duration);
    }

    private void Finish()
    {
        if ((_ctrl & DECRYPT) != 0) AesCipher.Decrypt(_state, _key);
        else AesCipher.Encrypt(_state, _key);
        _ctrl &= unchecked((byte)~START);
        SetStatus((byte)(_status | SRIF));
    }

    private void Fail(string why)
    {
        _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + CTRL, $"AES.STATUS.ERROR: {why}");
        _done.Cancel();
        _ctrl &= unchecked((byte)~START);
        SetStatus((byte)(_status | ERROR));
    }

    private bool IsBusy(string what, int offset)
    {
        if (IsRunning) _diagnostics.Report(DiagnosticKind.LostData, BaseAddress + offset, $"{what} {Name}.{Registers[offset]!.Name} while START is set: no access, reads as 0");
        return IsRunning;
    }

    private void SetStatus(byte status)
    {
        _status = status;
        _interrupt.IsRequested = status != 0; // by ERROR too (unverified)
        _dma.IsRequested = (status & SRIF) != 0;
    }

    private void Advance(ref byte pointer)
    {
        pointer = (byte)((pointer + 1) & Last);
        _accesses = (byte)((_accesses + 1) & Last);
    }

    private void ResetPointers() => _stateWrite = _stateRead = _keyWrite = _keyRead = _accesses = 0;
}
