namespace Xmega.Dma;

/// <summary>
/// The wires from modules to the DMA controller, by the code that CHn.TRIGSRC selects them with (8077I 5.14.4). A module
/// raises its line while its request condition holds; who hears it is the controller's business.
/// </summary>
public sealed class DmaRequests
{
    /// <summary>Codes of CHn.TRIGSRC.</summary>
    public const int Codes = 256;

    private readonly DmaRequestLine?[] _lines = new DmaRequestLine?[Codes];

    /// <summary>Gets or sets what hears that a line that is wanted rose or fell, in the cycle of the change.</summary>
    internal Action<DmaRequestLine> Changed { get; set; } = static _ => { };

    /// <summary>Gets or sets what hears of a request that stands for itself, in its cycle.</summary>
    internal Action<DmaRequestLine> Pulsed { get; set; } = static _ => { };

    /// <summary>Finds the line that a code selects.</summary>
    /// <param name="code">Code of CHn.TRIGSRC, 0–255.</param>
    /// <returns>The line, or null: off, an event channel, reserved, or of a module that is not modelled.</returns>
    public DmaRequestLine? Find(int code) => _lines[code];

    /// <summary>Gets or sets a value indicating whether nobody is told: the chip is being restored.</summary>
    internal bool IsQuiet { get; set; }

    /// <summary>Carries every line out or in, without a word to the controller.</summary>
    /// <param name="s">The stream.</param>
    internal void State(State.StateStream s)
    {
        foreach (DmaRequestLine? line in _lines) line?.State(s);
    }

    /// <summary>Makes the line of one source. Call at construction only.</summary>
    /// <param name="name">Its datasheet name, as in <c>USARTC0_DRE</c>.</param>
    /// <param name="code">Its code in CHn.TRIGSRC, 1–255.</param>
    /// <returns>The line, low.</returns>
    internal DmaRequestLine Add(string name, int code)
    {
        if (_lines[code] is { } other) throw new InvalidOperationException($"{name} and {other.Name} both claim DMA trigger 0x{code:X2}");
        return _lines[code] = new DmaRequestLine(this, name, code);
    }
}

/// <summary>
/// One module's request to the DMA controller. Most are a level that is high while the request condition holds (character
/// received, data register empty). A timer's overflow or compare match is a pulse each time it comes, whatever its flag
/// says.
/// </summary>
public sealed class DmaRequestLine
{
    private readonly DmaRequests _requests;
    private bool _requested;
    private int _listeners;

    internal DmaRequestLine(DmaRequests requests, string name, int code)
    {
        _requests = requests;
        Name = name;
        Code = code;
    }

    /// <summary>Gets the source's datasheet name, as in <c>USARTC0_DRE</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the source's code in CHn.TRIGSRC.</summary>
    public int Code { get; }

    /// <summary>Gets or sets a value indicating whether the request condition holds. A module's State sets it again from its restored flags.</summary>
    public bool IsRequested
    {
        get => _requested;
        set
        {
            if (_requested == value) return;
            _requested = value;
            if (IsWanted && !_requests.IsQuiet) _requests.Changed(this);
        }
    }

    /// <summary>Gets a value indicating whether an enabled channel listens: otherwise a pulse reaches nobody.</summary>
    public bool IsWanted => _listeners > 0;

    /// <summary>Gets or sets what the module does when <see cref="IsWanted"/> changed.</summary>
    internal Action? WantedChanged { get; set; }

    /// <summary>One request, in the current cycle.</summary>
    public void Pulse()
    {
        if (IsWanted && !_requests.IsQuiet) _requests.Pulsed(this);
    }

    /// <summary>A channel begins (1) or ceases (-1) to listen.</summary>
    /// <param name="change">1 or -1.</param>
    /// <param name="tellsSource">Whether the module hears of it: not while a state is restored, in which every module restores what it had booked by itself.</param>
    internal void Listen(int change, bool tellsSource)
    {
        bool before = IsWanted;
        _listeners += change;
        if (tellsSource && IsWanted != before) WantedChanged?.Invoke();
    }

    internal void State(State.StateStream s)
    {
        s.Value(ref _requested);
        s.Value(ref _listeners);
    }
}
