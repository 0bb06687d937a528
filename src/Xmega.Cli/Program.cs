using System.CommandLine;
using Xmega.Cli;
using Xmega.Cli.Commands;

var commands = new OrderedDictionary<string, Func<Command>>
{
    ["run"] = RunCommand.Create,
    ["compare"] = CompareCommand.Create,
    ["profile"] = ProfileCommand.Create,
    ["trace"] = TraceCommand.Create,
    ["signals"] = SignalsCommand.Create,
    ["parts"] = PartsCommand.Create,
    ["info"] = InfoCommand.Create,
    ["disasm"] = DisasmCommand.Create,
};

return CommandLineHost.Invoke(commands, args);
