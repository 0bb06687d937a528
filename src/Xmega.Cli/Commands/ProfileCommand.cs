using System.CommandLine;
using System.Text;
using Xmega.Firmware;
using Xmega.Workbench.Budgets;
using Xmega.Workbench.Coverage;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Running;
using Xmega.Workbench.Tracing;
using Profile = Xmega.Workbench.Profiling.Profile;

namespace Xmega.Cli.Commands;

/// <summary><c>xmega profile FIRMWARE</c>: where the cycles go, what was covered, whether budgets are kept.</summary>
internal static class ProfileCommand
{
    public static Command Create()
    {
        Argument<string> firmware = Arguments.Firmware();
        var ends = new EndOptions();
        var board = new BoardOptions();
        var lines = new Option<int>("--lines") { Description = "source lines to show, the dearest first", DefaultValueFactory = _ => 10, HelpName = "N" };
        var annotate = new Option<string?>("--annotate") { Description = "disassembly of a function with its cycles in the margin; * for all", HelpName = "FUNCTION" };
        var collapsed = Out("--collapsed", "collapsed stacks, for flame graphs");
        var speedscope = Out("--speedscope", "the profile for speedscope.app");
        var lcov = Out("--lcov", "coverage of lines and branches as an lcov tracefile");
        var cobertura = Out("--cobertura", "the same as Cobertura XML");
        var budget = new Option<string?>("--budget") { Description = "limits, in TOML: a broken one is a failure", HelpName = "FILE" };
        var junit = Out("--junit", "the budgets' results as JUnit XML");
        var baseline = new Option<string?>("--baseline") { Description = "shows what changed against an earlier --json", HelpName = "FILE" };
        Option<bool> json = Arguments.Json();
        var command = new Command("profile", "Runs a firmware and says where the cycles went: by function, interrupt and line, asleep, on the stack.") { firmware };
        ends.AddTo(command);
        board.AddTo(command);
        foreach (Option option in new Option[] { lines, annotate, collapsed, speedscope, lcov, cobertura, budget, junit, baseline, json }) command.Add(option);
        command.SetAction(result =>
        {
            FirmwareImage image = Arguments.LoadFirmwareAndSayNotices(result.GetRequiredValue(firmware));
            bool wantsLines = result.GetValue(lcov) is not null || result.GetValue(cobertura) is not null;
            if (image.Lines.Problem is { } problem) Terminal.Remark(problem);
            else if (wantsLines && image.Lines.Ranges.Count == 0) throw new UsageException($"{image.FileName}: no source lines to cover: build with avr-gcc -g and give the .elf");
            string? junitFile = result.GetValue(junit), budgetFile = result.GetValue(budget);
            if (junitFile is not null && budgetFile is null) throw new UsageException("--junit: there are no results without --budget");

            var chip = new ATxmega128A1();
            chip.Load(image);
            board.Attach(chip, result);
            RunOptions options = ends.Read(chip, image, result);
            BudgetCheck? check = budgetFile is null ? null
                : new BudgetCheck(chip, image, BudgetFile.Parse(Arguments.ReadText("--budget", budgetFile), budgetFile), budgetFile, text => Arguments.Condition(chip, image, budgetFile, text));
            ProfileNumbers? before = result.GetValue(baseline) is { } old ? ProfileJson.Read(Arguments.ReadBytes(old, "--baseline names a file that 'xmega profile --json' wrote"), old) : null;
            FirmwareSymbol? annotated = Annotated(image, result.GetValue(annotate));
            if (image.Symbols.Count == 0) Terminal.Remark("the firmware has no symbols: functions are named by their addresses; profile the .elf");
            var profiler = new Profiler(chip, image);
            RunResult run = new FirmwareRun(chip, image, options with { Observers = [profiler] }).Run();
            Profile profile = profiler.Finish();

            string name = Path.GetFileName(image.FileName);
            WriteText(result, collapsed, w => CollapsedStacks.Write(profile, w));
            WriteFile(result, speedscope, s => SpeedscopeFile.Write(profile, name, s));
            if (wantsLines)
            {
                FirmwareCoverage coverage = FirmwareCoverage.Of(profile);
                WriteText(result, lcov, w => LcovFile.Write(coverage, w));
                WriteFile(result, cobertura, s => CoberturaFile.Write(coverage, name, s));
            }

            IReadOnlyList<BudgetResult> budgets = check?.Finish(profile) ?? [];
            WriteFile(result, junit, s => JUnitFile.Write(budgets, name, s));
            if (result.IsSet(json))
            {
                using var output = new JsonOutput();
                ProfileJson.Write(profile, output.Writer);
            }
            else
            {
                ProfileReport.Write(profile, run, result.GetValue(lines));
                if (before is not null) ProfileReport.WriteChanges(before, ProfileNumbers.Of(profile));
                if (budgets.Count > 0) ProfileReport.WriteBudgets(budgets);
                if (result.GetValue(annotate) is not null) ProgramListing.Write(image, Console.Out, address => ProfileReport.Margin(profile, address), annotated);
            }

            foreach (BudgetResult broken in budgets.Where(b => !b.IsKept)) Terminal.Remark($"budget broken: {broken.Budget.Description}: {broken.Problem}");
            return Math.Max(run.ExitCode, budgets.All(b => b.IsKept) ? 0 : 1);
        });
        return command;
    }

    private static Option<string?> Out(string name, string description) => new(name) { Description = "writes " + description, HelpName = "FILE" };

    private static FirmwareSymbol? Annotated(FirmwareImage image, string? name)
    {
        if (name is null or "*") return null;
        return image.FindSymbol(name) is { Space: SymbolSpace.Code, Size: > 0 } symbol ? symbol : throw new UsageException($"--annotate: the firmware has no function '{name}'; * writes all");
    }

    private static void WriteFile(ParseResult result, Option<string?> option, Action<Stream> write)
    {
        if (result.GetValue(option) is not { } path) return;
        using FileStream stream = Arguments.CreateFile(option.Name, path);
        write(stream);
    }

    private static void WriteText(ParseResult result, Option<string?> option, Action<TextWriter> write) => WriteFile(result, option, stream =>
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false));
        write(writer);
    });
}
