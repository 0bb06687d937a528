using System.CommandLine;
using Spectre.Console;
using Xmega.Workbench.Parts;

namespace Xmega.Cli.Commands;

/// <summary><c>xmega parts</c>: what <c>--part</c> can attach.</summary>
internal static class PartsCommand
{
    public static Command Create()
    {
        var command = new Command("parts", "Lists the parts that --part can attach to a chip's pins.");
        command.SetAction(_ =>
        {
            Table table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("kind", "meaning", "options");
            foreach (PartKind kind in PartCatalogue.Kinds) table.AddRow(Markup.Escape(kind.Name), Markup.Escape(kind.Meaning), Markup.Escape(kind.Options));
            Terminal.Output.Write(table);
            return 0;
        });
        return command;
    }
}
