using System.Text.Json;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.SystemControl;

public class PowerReductionTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void A_stopped_module_does_not_answer()
    {
        _bench.Write("EVSYS.CH0MUX", 0x50).Write("PR.PRGEN", 0x02);
        Assert.Equal(0, _bench.Read("EVSYS.CH0MUX"));
        _bench.Write("EVSYS.CH0MUX", 0x51).Write("PR.PRGEN", 0);
        Assert.Equal(0x50, _bench.Read("EVSYS.CH0MUX"));
        Assert.All(_bench.Chip.Diagnostics.All, d => Assert.Equal(DiagnosticKind.StoppedModule, d.Kind));
        Assert.Single(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void A_reset_starts_all_modules()
    {
        _bench.Write("PR.PRGEN", 0x02);
        _bench.Chip.Reset(ResetSource.External);
        Assert.Equal(0, _bench.Read("PR.PRGEN"));
        Assert.False(_bench.Chip.Events.IsStopped);
    }

    [Fact]
    public void Each_bit_stops_the_module_that_the_register_map_names()
    {
        using Stream stream = typeof(RegisterMap).Assembly.GetManifestResourceStream("atxmega128a1.json")!;
        using JsonDocument json = JsonDocument.Parse(stream);
        string[] instances = [.. json.RootElement.GetProperty("registers").EnumerateArray().Select(r => r.GetProperty("instance").GetString()!).Distinct()];
        foreach (JsonProperty register in json.RootElement.GetProperty("powerReduction").EnumerateObject())
        {
            NamedRegister named = RegisterMap.ATxmega128A1.Find("PR." + register.Name)!;
            foreach (string module in register.Value.EnumerateArray().Select(m => m.GetString()!))
            {
                var stopped = new List<string>();
                var pr = new PowerReduction((name, on) => stopped.Add(on ? name : "started " + name));
                pr.Write(named.Address - 0x70, (byte)named.Fields.First(f => f.Name == module).Mask);
                char port = register.Name[^1];
                string instance = register.Name == "PRGEN" ? module : module is [.. var stem, var digit] && char.IsAsciiDigit(digit) ? $"{stem}{port}{digit}" : module + port;
                Assert.Contains(instance, instances);
                Assert.Equal(instance, stopped[0]);
                Assert.Equal(module == "HIRES" ? ["AWEX" + port] : [], stopped[1..]);
            }
        }
    }

    [Fact]
    public void Saved_state_stops_the_modules_again()
    {
        IoModule Pr(Bench bench) => bench.Chip.Data.Io.OwnerOf(0x70)!;
        _bench.Write("PR.PRGEN", 0x02);
        var save = new StateStream();
        Pr(_bench).State(save);
        var other = new Bench();
        Pr(other).State(new StateStream(save.ToArray()));
        Assert.True(other.Chip.Events.IsStopped);
    }
}
