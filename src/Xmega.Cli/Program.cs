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

// When the first word names a command, the options of the others need not exist: making them takes as long as a short run.
var root = new RootCommand("Runs, inspects and measures firmware for the ATxmega128A1, exact to the cycle.");
if (args.Length > 0 && commands.TryGetValue(args[0], out Func<Command>? create)) root.Add(create());
else foreach (Func<Command> each in commands.Values) root.Add(each());

return CommandLineHost.Invoke(root, args);
