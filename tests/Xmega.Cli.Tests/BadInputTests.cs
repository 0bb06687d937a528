using Xunit;

namespace Xmega.Cli.Tests;

/// <summary>Bad input ends in one clear line on stderr and status 125; never in a stack trace.</summary>
public class BadInputTests
{
    public static TheoryData<string[], string> Mistakes() => new()
    {
        { [], "Required command was not provided" },
        { ["runn"], "'runn'" },
        { ["runn", "--help"], "Unrecognized command or argument 'runn'" },
        { ["runn", "SAMPLE"], "'runn'" },
        { ["runn", "x.elf", "--for", "1ms"], "'runn'" },
        { ["run"], "FIRMWARE" },
        { ["run", "no-such.hex"], "no-such.hex: no such file" },
        { ["run", "."], ".: is a directory" },
        { ["run", "SAMPLE", "--no-such-option"], "'--no-such-option'" },
        { ["run", "SAMPLE", "--for", "5"], "'5' is not a time" },
        { ["run", "SAMPLE", "--for", "-5ms"], "--for" },
        { ["run", "SAMPLE", "--until", "PORTX.PIN0"], "no signal 'PORTX.PIN0'" },
        { ["run", "SAMPLE", "--until", "PORTC.PIN9"], "did you mean PORTC.PIN" },
        { ["run", "SAMPLE", "--until", "PORTC.PIN0=high"], "'high' is not a number" },
        { ["run", "SAMPLE", "--until", "PORTC.PIN0=3"], "write 0, 1 or z" },
        { ["run", "SAMPLE", "--pin", "PORTC.PIN0"], "NAME=VALUE" },
        { ["run", "SAMPLE", "--pin", "PORTC.PIN0=2"], "write 0, 1, z, pullup, pulldown, or volts as in 0.5V" },
        { ["run", "SAMPLE", "--vcc", "high"], "write 3.3 or 3.3V" },
        { ["run", "SAMPLE", "--vcc", "12V"], "not between 0 V and 5 V" },
        { ["run", "SAMPLE", "--crystal", "16"], "'16' is not a frequency: write 16MHz or 32.768kHz" },
        { ["run", "SAMPLE", "--crystal", "fastMHz"], "is not a frequency" },
        { ["run", "SAMPLE", "--crystal", "-16MHz"], "is not a frequency" },
        { ["run", "SAMPLE", "--crystal", "0.5Hz"], "not between 1Hz and 32MHz" },
        { ["run", "SAMPLE", "--crystal", "79000000000000000000000000000MHz"], "not between 1Hz and 32MHz" },
        { ["run", "SAMPLE", "--osc", "RC32M"], "NAME=ERROR" },
        { ["run", "SAMPLE", "--osc", "RC8M=1%"], "no oscillator 'RC8M': the chip has RC2M, RC32M, RC32K, ULP" },
        { ["run", "SAMPLE", "--osc", "RC2M=1"], "'1' is not an error of an oscillator: write +1.5% or -200ppm" },
        { ["run", "SAMPLE", "--osc", "ULP=-31%"], "not between -30% and +30%" },
        { ["run", "SAMPLE", "--osc", "RC2M=1%,ULP=79000000000000000000000000000ppm"], "not between -30% and +30%" },
        { ["run", "SAMPLE", "--osc", "B:RC2M=1%"], "--with FIRMWARE" },
        { ["run", "SAMPLE", "--wire", "PORTC.PIN0=PORTZ.PIN1"], "no pin 'PORTZ.PIN1'" },
        { ["run", "SAMPLE", "--dump", "0x2000:0"], "1 to 65536 bytes" },
        { ["run", "SAMPLE", "--dump", "nothing:4"], "neither an address nor a variable" },
        { ["run", "SAMPLE", "--trace", "PORT*"], "--vcd names no file" },
        { ["run", "SAMPLE", "--vcd", "."], "--vcd: cannot write '.': it is a directory" },
        { ["run", "SAMPLE", "--vcd", "x.vcd", "--trace", "B:PORTC.PIN0"], "--trace: 'B:PORTC.PIN0' is for a second chip, which --with FIRMWARE adds" },
        { ["run", "SAMPLE", "--with", "SAMPLE", "--vcd", "x.vcd", "--trace", "B:PORTC.OUT"], "--trace: PORTC.OUT of the second chip is a register or variable" },
        { ["run", "SAMPLE", "--usart", "X9=-"], "no USART 'X9'" },
        { ["run", "SAMPLE", "--usart", "C0=no-such-directory/c0.txt"], "--usart: cannot write 'no-such-directory/c0.txt'" },
        { ["run", "SAMPLE", "--usart", "C0=tcp:99999"], "write tcp:5000" },
        { ["run", "SAMPLE", "--usart", "B:C0=-"], "--with FIRMWARE" },
        { ["run", "SAMPLE", "--pin", "B:PORTC.PIN0=1"], "--with FIRMWARE" },
        { ["run", "SAMPLE", "--with", "no-such.hex"], "no-such.hex: no such file" },
        { ["run", "SAMPLE", "--part", "toaster:TWIC"], "no part 'toaster'" },
        { ["run", "SAMPLE", "--engine", "steam"], "steam" },
        { ["run", "SAMPLE", "--stimulus", "nowhere.txt"], "nowhere.txt: no such file" },
        { ["run", "SAMPLE", "--report", "no-such-directory/x.html"], "no-such-directory/x.html" },
        { ["run", "SAMPLE", "--timeline", "no-such-directory/x.json"], "no-such-directory/x.json" },
        { ["run", "SAMPLE", "--vcd", "no-such-directory/x.vcd"], "--vcd: cannot write 'no-such-directory/x.vcd': its directory does not exist" },
        { ["profile", "SAMPLE", "--junit", "x.xml"], "no results without --budget" },
        { ["profile", "SAMPLE", "--lcov", "x.info"], "no source lines to cover: build with avr-gcc -g" },
        { ["profile", "SAMPLE", "--budget", "nowhere.toml"], "nowhere.toml: no such file" },
        { ["profile", "SAMPLE", "--baseline", "nowhere.json"], "nowhere.json: no such file" },
        { ["profile", "SAMPLE", "--annotate", "nothing"], "no function 'nothing'" },
        { ["profile", "PROFILED", "--speedscope", "no-such-directory/x.json"], "--speedscope: cannot write 'no-such-directory/x.json'" },
        { ["trace", "SAMPLE", "--function", "main"], "give the .elf" },
        { ["trace", "PROFILED", "--function", "nothing"], "no function 'nothing'" },
        { ["trace", "SAMPLE", "--address", "0x200"], "write 0x200-0x27E" },
        { ["trace", "SAMPLE", "--from", "soon"], "'soon' is not a time" },
        { ["signals", "NOSUCH*"], "no signal matches 'NOSUCH*'" },
        { ["info", "no-such.elf"], "no-such.elf: no such file" },
        { ["disasm", "no-such.elf"], "no-such.elf: no such file" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_one_line_on_stderr_and_status_125(string[] arguments, string says)
    {
        CliResult result = Cli.Run([.. arguments.Select(a => a switch { "SAMPLE" => Cli.Sample("hello-usart"), "PROFILED" => Path.Combine(AppContext.BaseDirectory, "fixtures", "profiled.elf"), _ => a })]);
        Assert.Equal(125, result.Status);
        Assert.Equal("", result.Output);
        string line = Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("xmega: ", line, StringComparison.Ordinal);
        Assert.Contains(says, line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_hex_names_its_file_and_line()
    {
        string whole = File.ReadAllText(Cli.Sample("hello-usart"));
        string path = Cli.TemporaryFile(whole[..(whole.Length / 2)], ".hex");
        CliResult result = Cli.Run("run", path);
        File.Delete(path);
        Assert.Equal(125, result.Status);
        Assert.Matches($"^xmega: {path}:[0-9]+: [^\n]+\n$", result.Error);
    }

    [Fact]
    public void A_stimulus_error_names_file_line_and_column()
    {
        string path = Cli.TemporaryFile("1ms PORTC.PIN0 1\n2ms PORTC.PIN0 up\n");
        CliResult result = Cli.Run("run", Cli.Sample("hello-usart"), "--stimulus", path);
        File.Delete(path);
        Assert.Equal(125, result.Status);
        Assert.Equal($"xmega: {path}:2:16: 'up' is not a level: write 0, 1, z, pullup, pulldown, or volts as in 1.2V\n", result.Error);
    }

    [Fact]
    public void A_stimulus_file_may_begin_with_a_byte_order_mark()
    {
        string path = Cli.TemporaryFile("\uFEFF1us PORTC.PIN0 1\r\n");
        CliResult result = Cli.Run("run", Cli.Sample("hello-usart"), "--stimulus", path, "--for", "1ms");
        File.Delete(path);
        Assert.Equal((0, ""), (result.Status, result.Error));
    }
}
