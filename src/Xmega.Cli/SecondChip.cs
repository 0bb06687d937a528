using Xmega.Firmware;
using Xmega.Signals;

namespace Xmega.Cli;

/// <summary>The second chip of a run, as <c>--with</c> names it: what its USARTs send goes where <c>--usart B:…</c> says.</summary>
internal sealed class SecondChip : ISignalProbe, IDisposable
{
    private readonly ATxmega128A1 _chip;
    private readonly UsartOutputs _outputs;
    private readonly FirmwareImage _image;
    private readonly Board _board;

    public SecondChip(ATxmega128A1 chip, FirmwareImage image, Board board, IEnumerable<string> usarts, CancellationToken cancellation)
    {
        _chip = chip;
        _image = image;
        _board = board;
        _outputs = new UsartOutputs(chip, usarts, board.Inputs, toStandardOutput: false, cancellation);
        foreach (Signal signal in chip.Signals.Match("USART??.TX")) signal.Watch(this);
    }

    public void OnSignal(Signal signal, long cycle, long value) => _outputs.Write(signal.Name[..^".TX".Length], (byte)value);

    /// <summary>Gives out what is still to be given, and says what its firmware did wrong.</summary>
    public void Finish()
    {
        _outputs.Finish();
        foreach (Workbench.Parts.AttachedPart part in _board.Parts) part.Save();
        foreach (Diagnostic diagnostic in _chip.Diagnostics.All) RunReport.Write(diagnostic, _image, "B: ");
    }

    public void Dispose() => _outputs.Dispose();
}
