using Xmega.State;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Snapshots;

/// <summary>No field of a module is forgotten when the chip is saved and restored. What is exempt says why.</summary>
public class StateFieldTests
{
    // By the end of the path. Whether they are restored is tested nevertheless.
    private static readonly Dictionary<string, string> NotCarried = new(StateDump.Exempt)
    {
        ["PMIC.PendingVector"] = "from the lines",
        ["]._low"] = "sets of vectors that request: from the lines",
        ["]._high"] = "sets of vectors that request: from the lines",
        ["PMIC._requestedLevels"] = "from the lines",
        [".Channels"] = "from CHnMUX",
        ["PORTCFG._listens"] = "from CLKEVOUT",
        ["_sense._wanted"] = "from CHnMUX",
        [".IsInverted"] = "from PINnCTRL",
        ["._inverted"] = "from PINnCTRL",
        ["._disabled"] = "from PINnCTRL",
        ["._baud._step"] = "from BAUDCTRL",
        ["._baud._divisor"] = "from BAUDCTRL",
        ["._input._listens"] = "from IRCOM's EVCTRL",
        ["._input._channel"] = "from IRCOM's EVCTRL",
        ["._transmitter.IsTimed"] = "from CTRLC",
        ["._transmitter.IsBare"] = "from CTRLC",
        ["._transmitter.IsLowestFirst"] = "from CTRLC",
        ["._clock._listens"] = "from CTRLC",
        ["._clock.SamplesTrailing"] = "from CTRLC",
        ["._transmitter.IsClocked"] = "from CTRLC and DIR",
        [".KeepsAddressesOnly"] = "from CTRLB",
        [".IsLevel"] = "from CTRLD",
        ["._actions._delay"] = "from CTRLD",
        [".IsQuiet"] = "lives while a chip is restored",
        ["NVM._eeprom.IsMapped"] = "from CTRLB",
        [".IsSmart"] = "from CTRLB",
        [".IsQuick"] = "from CTRLB",
        [".IsPromiscuous"] = "from CTRLA",
        [".ReportsStop"] = "from CTRLA",
        ["._lines._listens"] = "from CTRLA",
        ["._hearsSs"] = "from CTRL",
        ["._hearsSck"] = "from CTRL",
        ["DMA._heard[0]"] = "from the channels",
        ["DMA._heard[3]"] = "from the channels",
        ["._pipeline.Bits"] = "from CTRLB",
        ["._listened"] = "from what is measured",
        ["._heard[0]"] = "from what is compared",
        ["._heard[1]"] = "from what is compared",
        ["].Level"] = "from the counter",
        ["].IsEnabled"] = "from CTRLB",
        ["._flagsShown"] = "from the counter",
        ["._outputsShown"] = "from the counter and CTRLB",
        ["._fault._channels"] = "from FDEVMASK",
        ["._fault.IsArmed"] = "from FDCTRL and STATUS",
    };

    [Fact]
    public void Every_field_of_every_module_is_carried()
    {
        var chip = new ATxmega128A1();
        ReadOnlyMemory<byte> saved = chip.Save().State;
        AssertNone(Fields(chip).Where(field => !IsExempt(field, NotCarried)).Where(field =>
        {
            object before = field.Get()!;
            field.Set(field.Other(before));
            bool carried = !chip.Save().State.Span.SequenceEqual(saved.Span);
            field.Set(before);
            return !carried;
        }).Select(field => field.Path));
    }

    [Fact]
    public void Every_field_of_every_module_is_restored()
    {
        var chip = new ATxmega128A1();
        Snapshot snapshot = chip.Save();
        AssertNone(Fields(chip).Where(field => !IsExempt(field, StateDump.Exempt)).Where(field =>
        {
            object before = field.Get()!;
            field.Set(field.Other(before));
            chip.Restore(snapshot);
            bool restored = Equals(field.Get(), before);
            field.Set(before);
            return !restored;
        }).Select(field => field.Path));
    }

    private static void AssertNone(IEnumerable<string> paths)
    {
        string[] all = [.. paths];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }

    private static IReadOnlyList<StateField> Fields(ATxmega128A1 chip)
    {
        IReadOnlyList<StateField> fields = StateFields.Of(chip);
        Assert.True(fields.Count > 1000, $"{fields.Count} fields");
        return fields;
    }

    private static bool IsExempt(StateField field, IReadOnlyDictionary<string, string> list) =>
        list.Keys.Any(end => field.Path.EndsWith(end.Replace("<", "", StringComparison.Ordinal).Replace(">k__BackingField", "", StringComparison.Ordinal), StringComparison.Ordinal));
}
