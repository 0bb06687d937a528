using System.CommandLine;
using Xmega.Firmware;
using Xmega.Workbench.Running;

namespace Xmega.Cli;

/// <summary>What ends a run, and what makes it a failure: the same options for every command that runs one firmware.</summary>
internal sealed class EndOptions
{
    private readonly Option<EmulatedTime?> _for = Arguments.Time("--for", "run this long, then stop: a success");
    private readonly Option<EmulatedTime?> _timeout = Arguments.Time("--timeout", "give up after this long: a failure (default 60s, unless --for or --realtime is given)");
    private readonly Option<string[]> _until = new("--until") { Description = "stop when a signal takes a value (repeatable): a success", HelpName = "SIGNAL[=VALUE]" };
    private readonly Option<string[]> _expect = new("--expect-text") { Description = "what the USART output must contain (repeatable)", HelpName = "TEXT" };
    private readonly Option<string[]> _fail = new("--fail-text") { Description = "what the USART output must not contain (repeatable)", HelpName = "TEXT" };
    private readonly Option<bool> _strict = new("--strict") { Description = "a diagnostic ends the run: a failure" };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _for, _timeout, _until, _expect, _fail, _strict }) command.Add(option);
    }

    /// <summary>Reads the options for a chip whose signals they name.</summary>
    public RunOptions Read(ATxmega128A1 chip, FirmwareImage image, ParseResult result) => new()
    {
        For = result.GetValue(_for),
        Timeout = result.GetValue(_timeout),
        Until = [.. (result.GetValue(_until) ?? []).Select(t => Arguments.Condition(chip, image, "--until", t))],
        ExpectText = result.GetValue(_expect) ?? [],
        FailText = result.GetValue(_fail) ?? [],
        Strict = result.IsSet(_strict),
    };
}
