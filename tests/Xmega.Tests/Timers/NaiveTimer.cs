namespace Xmega.Tests.Timers;

/// <summary>
/// A timer as slow and plain as the manual's words: ticked every cycle, nothing computed ahead. Written apart from the
/// model it checks. Compare operation only.
/// </summary>
internal sealed class NaiveTimer
{
    public int Count;
    public bool Down;
    public int Mode;
    public bool ByteMode;
    public bool Locked;
    public int Period = 0xFFFF;
    public int PeriodBuffer = 0xFFFF;
    public readonly int[] Compare = new int[4];
    public readonly int[] CompareBuffer = new int[4];
    public int BufferValid;
    public int Flags;
    public int Outputs;
    public int Divider;

    /// <summary>Every happening: cycle and name, OVF or CCA and so on.</summary>
    public List<(long Cycle, string Name)> Happenings { get; } = [];

    /// <summary>Every edge of an output.</summary>
    public List<(long Cycle, string Name, long Value)> Edges { get; } = [];

    /// <summary>Whether an overflow came in a cycle, one of the last two.</summary>
    public bool Overflowed(long cycle) => Happenings.TakeLast(12).Contains((cycle, "OVF"));

    private bool DualSlope => Mode >= 5;

    private bool Pwm => Mode == 3 || DualSlope;

    private int Top => Mode == 1 ? Compare[0] : Period;

    public void Tick(long cycle)
    {
        if (Divider == 0 || cycle % Divider != 0) return;
        int outputsBefore = Outputs;
        for (int n = 0; n < 4; n++)
        {
            if (Count != Compare[n]) continue;
            Happen(cycle, $"CC{(char)('A' + n)}", 0x10 << n);
            if (Mode == 1) Outputs ^= 1 << n;
        }

        bool fromTop = Count == Top;
        bool reloaded = false;
        if (DualSlope)
        {
            if (Top == 0 && Count == 0) Down = false;
            else if (Count == Top) (Count, Down) = (Count - 1, true);
            else if (Count == 0) (Count, Down) = (1, false);
            else Count += Down ? -1 : 1;
        }
        else if (!Down)
        {
            if (fromTop)
            {
                if (!Pwm) Overflow();
                Count = 0;
            }
            else
            {
                Count++;
            }
        }
        else if (Count == 0)
        {
            if (!Pwm) Overflow();
            Count = Top;
            reloaded = true;
        }
        else
        {
            Count--;
        }

        Count &= ByteMode ? 0xFF : 0xFFFF;
        if (DualSlope && Count == Top) Down = true;
        if (DualSlope && Count == 0) Down = false;

        if (Pwm)
        {
            bool bottom = Count == 0;
            if ((bottom && Mode is 3 or 6 or 7 && bottom) || (fromTop && Mode is 5 or 6 && fromTop)) Happen(cycle, "OVF", 1);
            if (bottom) CopyBuffers();
            for (int n = 0; n < 4; n++)
            {
                bool high = (Outputs & (1 << n)) != 0;
                if (Mode == 3 && Down && (reloaded || Count == (Top & (ByteMode ? 0xFF : 0xFFFF)))) high = false;
                if (bottom) high = true;
                if (Count == Compare[n]) high = Down;
                Outputs = high ? Outputs | (1 << n) : Outputs & ~(1 << n);
            }
        }

        NoteEdges(cycle, outputsBefore);

        void Overflow()
        {
            Happen(cycle, "OVF", 1);
            CopyBuffers();
        }
    }

    public void NoteEdges(long cycle, int before)
    {
        for (int n = 0; n < 4; n++)
            if (((before ^ Outputs) & (1 << n)) != 0) Edges.Add((cycle, $"OC0{(char)('A' + n)}", (Outputs >> n) & 1));
    }

    public void CopyBuffers()
    {
        if (Locked) return;
        if ((BufferValid & 1) != 0) Period = PeriodBuffer;
        for (int n = 0; n < 4; n++)
            if ((BufferValid & (2 << n)) != 0) Compare[n] = CompareBuffer[n];
        BufferValid = 0;
    }

    /// <summary>A write of a register by its name, as in <c>CTRLA</c>.</summary>
    public void Write(long cycle, string register, int value)
    {
        int before = Outputs;
        switch (register)
        {
            case "CTRLA": Divider = new[] { 0, 1, 2, 4, 8 }[value]; break;
            case "CTRLB": Mode = value & 7; break;
            case "CTRLC": Outputs = Divider == 0 ? value : Outputs; break;
            case "CTRLE": ByteMode = value == 1; break;
            case "CTRLFSET":
                if ((value & 1) != 0) Down = true;
                if ((value & 2) != 0) Locked = true;
                if ((value & 12) == 4) CopyBuffers();
                if ((value & 12) == 8) (Count, Down, Outputs) = (0, false, 0);
                break;
            case "CTRLFCLR":
                if ((value & 1) != 0) Down = false;
                if ((value & 2) != 0) Locked = false;
                break;
            case "CTRLGSET": BufferValid |= value; break;
            case "CTRLGCLR": BufferValid &= ~value; break;
            case "INTFLAGS": Flags &= ~value; break;
            case "CNT": Count = value; break;
            case "PER": Period = value; break;
            case "PERBUF": PeriodBuffer = value; BufferValid |= 1; break;
            default:
                int n = register[2] - 'A';
                if (!register.EndsWith("BUF", StringComparison.Ordinal)) Compare[n] = value;
                else (CompareBuffer[n], BufferValid) = (value, BufferValid | (2 << n));
                break;
        }

        NoteEdges(cycle, before);
    }

    private void Happen(long cycle, string name, int flag)
    {
        Flags |= flag;
        Happenings.Add((cycle, name));
    }
}
