using System.Collections;
using System.Globalization;
using System.Reflection;
using Xmega.Events;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.Signals;
using Xmega.Time;

namespace Xmega.TestSupport;

/// <summary>
/// Every field of every object of a chip as text, found by reflection: what a snapshot has to bring back. New modules are
/// part of it from the day they are composed into the chip.
/// </summary>
public sealed class StateDump
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly Dictionary<object, string> _paths = new(ReferenceEqualityComparer.Instance);
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<(string Path, object Value)> _later = [];
    private readonly Dictionary<object, string> _modules = new(ReferenceEqualityComparer.Instance);

    private StateDump(ATxmega128A1 chip)
    {
        foreach (IoModule module in chip.Data.Io.Modules) _modules.Add(module, module.Name);
        foreach (IoModule module in chip.Data.Io.Modules) Walk(module.Name, module);
        Walk("chip", chip);

        // Who hears a channel is known by the place where it lives, not by the place in the list.
        foreach ((string path, object value) in _later) Walk(path, value);
    }

    /// <summary>Fields that need not come back, by the end of their path, with the reason.</summary>
    public static IReadOnlyDictionary<string, string> Exempt { get; } = new Dictionary<string, string>
    {
        ["._sliceEnd"] = "lives within one slice of the CPU",
        ["._oneInstruction"] = "lives within one slice of the CPU",
        ["._stopRequested"] = "a wish of the run, not of the machine",
        [".<SleepsForever>k__BackingField"] = "an option of the run, not of the machine",
        ["RST.Pin.IsInverted"] = "fixed: no PINnCTRL inverts the RESET pin",
        ["EVSYS._users"] = "counts places at construction",
        ["].number"] = "fixed at construction",
        ["PMIC._asynchronous._low"] = "fixed at construction",
        ["PMIC._asynchronous._high"] = "fixed at construction",
        ["._counter.Channels"] = "fixed at construction",
        ["._subscribing"] = "lives within one call",
        ["._core.SharesMemory"] = "an option of the run, not of the machine",
        ["NVM._rows._production[0]"] = "fixed at construction",
        ["NVM._rows._production[51]"] = "fixed at construction",
        [".denominator"] = "fixed at construction",
        [".Numerator"] = "fixed at construction",
        [".Offset"] = "fixed at construction",
        ["._sharesBus"] = "worked out anew for each slice of the CPU",
        ["._cpuAsks"] = "lives within one access",
        ["._cpuBurst"] = "lives within one access",
        [".<WrittenByte>k__BackingField"] = "lives within one access",
        [".calibration"] = "fixed at construction",
        [".Millicelsius"] = "the board's temperature",
        ["._heard"] = "the inputs of a comparator or channel that is off may be named or not",
        ["._rising"] = "what an input that is not compared would be compared with",
        ["._falling"] = "what an input that is not compared would be compared with",
        ["._wasWatched"] = "how the last snapshot was taken",
        ["._spares"] = "retired forks",
        ["._pins"] = "made when first asked for",
        ["._audiences"] = "made when first asked for",
        ["._isRunning"] = "snapshots are taken between runs",
        ["._translator"] = "what was translated is a cache of flash: any chip may have more or less of it",
        ["._accessGeneration"] = "lives within one slice of the CPU",
        [".<RegionEnd>k__BackingField"] = "lives within one slice of the CPU",
        [".<Tables>k__BackingField"] = "what was decoded is a cache of flash",
        ["._hash"] = "computed when first asked for",
        ["._changed"] = "pages that may differ from the firmware: a page that was written and is the same again is not carried as changed",
    };

    /// <summary>All fields of a chip.</summary>
    /// <param name="chip">The chip.</param>
    /// <returns>Values by path.</returns>
    public static IReadOnlyDictionary<string, string> Of(ATxmega128A1 chip) => new StateDump(chip)._values;

    /// <summary>Where two chips differ.</summary>
    /// <param name="expected">What it should be.</param>
    /// <param name="actual">What it is.</param>
    /// <returns>A line a difference.</returns>
    public static IReadOnlyList<string> Differences(IReadOnlyDictionary<string, string> expected, IReadOnlyDictionary<string, string> actual) =>
        [.. expected.Keys.Union(actual.Keys).Where(path => expected.GetValueOrDefault(path) != actual.GetValueOrDefault(path)).Select(path => $"{path}: {expected.GetValueOrDefault(path)} became {actual.GetValueOrDefault(path)}")];

    private void Walk(string path, object? value)
    {
        switch (value)
        {
            case null:
                _values[path] = "null";
                return;
            case Delegate or Signal or SignalList or RegisterTable or Register or Pointer or MemberInfo or ISignalProbe:
                return;
            case string or decimal or Enum or Int128 or UInt128:
            case var _ when value.GetType().IsPrimitive:
                _values[path] = Convert.ToString(value, CultureInfo.InvariantCulture)!;
                return;
            case ScheduledAction action:
                _values[path] = $"{action.Cycle}/{Due(action)}";
                return;
            case Schedule schedule:
                _values[path] = $"now {schedule.Now}, next {schedule.NextCycle}, {schedule.Count} booked";
                return;
            case byte[] bytes:
                _values[path] = bytes.Length > 64 ? Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes)) : Convert.ToHexString(bytes);
                return;
        }

        if (_modules.TryGetValue(value, out string? module) && module != path)
        {
            _values[path] = $"-> {module}";
            return;
        }

        if (!value.GetType().IsValueType)
        {
            if (_paths.TryGetValue(value, out string? known))
            {
                _values[path] = $"-> {known}";
                return;
            }

            _paths.Add(value, path);
        }

        switch (value)
        {
            case IEnumerable set when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(HashSet<>):
                _values[path] = string.Join(" ", set.Cast<object>().Select(o => o.ToString()).Order(StringComparer.Ordinal));
                return;
            case Array array when array.GetType().GetElementType() is { IsPrimitive: true }:
                _values[path] = string.Join(" ", array.Cast<object>().Select(o => Convert.ToString(o, CultureInfo.InvariantCulture)));
                return;
            case Array array when array.GetType().GetElementType()!.Name == "Decoded":
                return; // follows from flash
            case Array or IList or Queue:
            case IEnumerable when value.GetType().Namespace == "System.Collections.Generic":
                int n = 0;
                foreach (object? item in (IEnumerable)value) Child($"{path}[{n++}]", item);
                _values[path + ".count"] = n.ToString(CultureInfo.InvariantCulture);
                return;
        }

        if (value.GetType().Namespace?.StartsWith("Xmega", StringComparison.Ordinal) != true && !value.GetType().IsValueType) return;
        for (Type? type = value.GetType(); type is not null && type != typeof(object) && type != typeof(ValueType); type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(Fields))
            {
                if (field.FieldType.IsPointer || Exempt.Keys.Any(e => $".{field.Name}" == e)) continue;
                if (type.IsValueType && field.FieldType == type) continue;
                Child($"{path}.{field.Name}", field.GetValue(value));
            }
        }
    }

    private void Child(string path, object? value)
    {
        if (value is IEventUser[]) _later.Add((path, value));
        else Walk(path, value);
    }

    private static string Due(ScheduledAction action) =>
        typeof(ScheduledAction).GetProperty("DuePicoseconds", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(action)!.ToString()!;
}
