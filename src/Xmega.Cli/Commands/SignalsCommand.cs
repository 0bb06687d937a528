using System.CommandLine;
using Spectre.Console;
using Xmega.Signals;
using Xmega.Workbench.Recording;

namespace Xmega.Cli.Commands;

/// <summary><c>xmega signals [GLOB]</c>: the names that can be watched or driven.</summary>
internal static class SignalsCommand
{
    public static Command Create()
    {
        var glob = new Argument<string>("GLOB") { Description = "pattern with * and ?", DefaultValueFactory = _ => "*" };
        Option<bool> json = Arguments.Json();
        var firmware = new Option<string?>("--firmware") { Description = "an .elf: VAR.* are its variables", HelpName = "FILE" };
        var command = new Command("signals", "Lists the names that can be watched or driven. Besides them any register (PORTD.OUT), bit field (TCC0.CTRLA.CLKSEL), CPU register (CPU.PC, CPU.SP, CPU.R24), a pin's voltage (PORTA.PIN0.VOLTS) and variable (VAR.name) can be watched.") { glob, firmware, json };
        command.SetAction(result => Run(result.GetRequiredValue(glob), result.GetValue(firmware), result.IsSet(json)));
        return command;
    }

    private static int Run(string glob, string? firmware, bool json)
    {
        IReadOnlyList<Signal> signals = SignalNames.Match(new ATxmega128A1(), firmware is null ? null : Arguments.LoadFirmware(firmware), glob);
        if (signals.Count == 0) throw new UsageException($"no signal matches '{glob}'; 'xmega signals' lists them all");
        if (json)
        {
            using var output = new JsonOutput();
            output.Writer.WriteStartArray();
            foreach (Signal signal in signals)
            {
                output.Writer.WriteStartObject();
                output.Writer.WriteString("name", signal.Name);
                output.Writer.WriteString("kind", Kind(signal));
                output.Writer.WriteNumber("width", signal.Width);
                output.Writer.WriteString("meaning", signal.Meaning);
                output.Writer.WriteEndObject();
            }

            output.Writer.WriteEndArray();
            return 0;
        }

        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("name", "kind", "meaning");
        foreach (Signal signal in signals) table.AddRow(Markup.Escape(signal.Name), Kind(signal), Markup.Escape(signal.Meaning));
        Terminal.Output.Write(table);
        return 0;
    }

    private static string Kind(Signal signal) => signal.Kind switch
    {
        SignalKind.Bit => "bit",
        SignalKind.Bus => $"bus {signal.Width}",
        SignalKind.Event => "event",
        _ => "analog",
    };
}
