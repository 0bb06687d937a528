using System.CommandLine;
using Xmega.Cli;
using Xmega.Cli.Commands;

var root = new RootCommand("Runs, inspects and measures firmware for the ATxmega128A1, exact to the cycle.")
{
    RunCommand.Create(),
    CompareCommand.Create(),
    ProfileCommand.Create(),
    TraceCommand.Create(),
    SignalsCommand.Create(),
    PartsCommand.Create(),
    InfoCommand.Create(),
    DisasmCommand.Create(),
};

return CommandLineHost.Invoke(root, args);
