using Xmega.State;
using Xmega.Time;

namespace Xmega;

/// <summary>What firmware did that the part does not do, or does not define.</summary>
public enum DiagnosticKind
{
    /// <summary>An opcode the part does not have.</summary>
    IllegalOpcode,

    /// <summary>Execution past the end of flash.</summary>
    OutsideFlash,

    /// <summary>Access to a reserved I/O address.</summary>
    ReservedAddress,

    /// <summary>Access to a data address where nothing answers.</summary>
    UnmappedAddress,

    /// <summary>Write of a protected or locked register without leave to do so.</summary>
    ProtectedWrite,

    /// <summary>Access to a module whose clock a power reduction bit stops.</summary>
    StoppedModule,

    /// <summary>A configuration the manual leaves undefined, or forbids.</summary>
    Configuration,

    /// <summary>Data written where there was no room for it, and lost.</summary>
    LostData,

    /// <summary>Two strong drivers on one pin.</summary>
    ShortCircuit,

    /// <summary>Something the chip has and this emulator does not model.</summary>
    NotModelled,

    /// <summary>The stack left internal SRAM.</summary>
    Stack,

    /// <summary>An interrupt without a handler, or with one that does not end as it must.</summary>
    Interrupt,
}

/// <summary>One remark on what firmware did.</summary>
/// <param name="Cycle">The cycle in which it was first seen.</param>
/// <param name="ProgramCounter">Byte address of the instruction.</param>
/// <param name="Kind">What kind of remark.</param>
/// <param name="Message">One line for people.</param>
public sealed record Diagnostic(long Cycle, int ProgramCounter, DiagnosticKind Kind, string Message);

/// <summary>
/// Collects remarks, each kind once per place, at most <see cref="Limit"/> of them and the one that ends a run. The run goes on as the hardware
/// would.
/// </summary>
public sealed class Diagnostics
{
    /// <summary>How many remarks are kept; a last one says that there were more.</summary>
    public const int Limit = 1000;

    private readonly Schedule _schedule;
    private readonly HashSet<long> _said = []; // kinds and places
    private readonly List<Diagnostic> _all = [];
    private readonly List<int> _places = []; // of each in _all

    internal Diagnostics(Schedule schedule) => _schedule = schedule;

    /// <summary>Tells listeners of a new remark.</summary>
    public event Action<Diagnostic>? Reported;

    /// <summary>Gets the remarks in the order they were made.</summary>
    public IReadOnlyList<Diagnostic> All => _all;

    /// <summary>Gets or sets where the CPU is: the byte address of the current instruction.</summary>
    internal Func<int> ProgramCounter { get; set; } = static () => 0;

    /// <summary>Whether a remark was made already: what happens often asks first and saves itself the words.</summary>
    /// <param name="kind">What kind of remark.</param>
    /// <param name="place">An address or number that tells one occasion of this kind from another.</param>
    /// <returns>True when it would not be kept.</returns>
    public bool Knows(DiagnosticKind kind, int place) => _all.Count >= Limit || _said.Contains(Occasion(kind, place));

    /// <summary>Carries the remarks out or in; nobody is told of restored ones.</summary>
    /// <param name="s">The stream.</param>
    internal void State(StateStream s)
    {
        int count = _all.Count;
        s.Length(ref count);
        if (s.IsRestoring)
        {
            _all.Clear();
            _places.Clear();
            _said.Clear();
        }

        for (int n = 0; n < count; n++)
        {
            (long cycle, int pc, DiagnosticKind kind, string message) = s.IsRestoring ? new Diagnostic(0, 0, default, "") : _all[n];
            int place = s.IsRestoring ? 0 : _places[n];
            s.Value(ref cycle);
            s.Value(ref pc);
            s.Value(ref kind);
            s.Value(ref place);
            s.Text(ref message);
            if (!s.IsRestoring) continue;
            _all.Add(new Diagnostic(cycle, pc, kind, message));
            _places.Add(place);
            _said.Add(Occasion(kind, place));
        }
    }

    /// <summary>Makes a remark unless it was made before.</summary>
    /// <param name="kind">What kind of remark.</param>
    /// <param name="place">An address or number that tells one occasion of this kind from another.</param>
    /// <param name="message">One line for people.</param>
    public void Report(DiagnosticKind kind, int place, string message)
    {
        // What ends a run is said whatever came before.
        bool last = kind == DiagnosticKind.OutsideFlash;
        if ((_all.Count >= Limit && !last) || !_said.Add(Occasion(kind, place))) return;
        if (_all.Count == Limit - 1 && !last) message = "further diagnostics are not kept";
        var diagnostic = new Diagnostic(_schedule.Now, ProgramCounter(), kind, message);
        _all.Add(diagnostic);
        _places.Add(place);
        Reported?.Invoke(diagnostic);
    }

    private static long Occasion(DiagnosticKind kind, int place) => ((long)kind << 32) | (uint)place;
}
