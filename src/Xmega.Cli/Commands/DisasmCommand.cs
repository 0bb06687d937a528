using System.CommandLine;
using Xmega.Workbench.Tracing;

namespace Xmega.Cli.Commands;

/// <summary><c>xmega disasm FIRMWARE</c>: disassembly with symbols, register names and cycle costs.</summary>
internal static class DisasmCommand
{
    public static Command Create()
    {
        Argument<string> firmware = Arguments.Firmware();
        var command = new Command("disasm", "Disassembles a firmware, with symbols, register names and cycle costs.") { firmware };
        command.SetAction(result =>
        {
            ProgramListing.Write(Arguments.LoadFirmware(result.GetRequiredValue(firmware)), Console.Out);
            return 0;
        });
        return command;
    }
}
