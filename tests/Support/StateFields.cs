using System.Reflection;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.Signals;
using Xmega.Time;

namespace Xmega.TestSupport;

/// <summary>Every field of a chip's modules that can change while it runs, found by reflection, to be read and set.</summary>
public sealed class StateFields
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type[] Shared = [typeof(ChipServices), typeof(Schedule), typeof(ScheduledAction), typeof(Timeline), typeof(SignalList), typeof(Signal), typeof(Diagnostics), typeof(RegisterTable), typeof(Register), typeof(IoSpace), typeof(DataSpace), typeof(ProgramMemory)];

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly List<StateField> _all = [];

    private StateFields(ATxmega128A1 chip)
    {
        foreach (IoModule module in chip.Data.Io.Modules) _seen.Add(module);
        foreach (IoModule module in chip.Data.Io.Modules) Walk(module.Name, module, module.GetType());
    }

    /// <summary>The fields of a chip's modules and of the objects that belong to them.</summary>
    /// <param name="chip">The chip.</param>
    /// <returns>The fields.</returns>
    public static IReadOnlyList<StateField> Of(ATxmega128A1 chip) => new StateFields(chip)._all;

    private static bool IsNumber(Type type) => (type.IsPrimitive && type != typeof(nint) && type != typeof(nuint)) || type.IsEnum || type == typeof(UInt128) || type == typeof(Int128);

    private static object Other(object value) => value switch
    {
        bool b => !b,
        byte b => (byte)(b ^ 1),
        sbyte b => (sbyte)(b ^ 1),
        short n => (short)(n ^ 1),
        ushort n => (ushort)(n ^ 1),
        int n => n ^ 1,
        uint n => n ^ 1,
        long n => n ^ 1,
        ulong n => n ^ 1,
        UInt128 n => n ^ 1,
        Int128 n => n ^ 1,
        char c => (char)(c ^ 1),
        double d => d + 1,
        float f => f + 1,
        Enum e => Enum.ToObject(e.GetType(), Convert.ToInt64(e, null) ^ 1),
        _ => throw new NotSupportedException(value.GetType().Name),
    };

    private void Walk(string path, object owner, Type ofType)
    {
        for (Type? type = ofType; type is not null && type != typeof(object); type = type.BaseType)
            foreach (FieldInfo field in type.GetFields(Fields)) Visit($"{path}.{NameOf(field)}", field.FieldType, field.IsInitOnly, () => field.GetValue(owner), value => field.SetValue(owner, value));
    }

    private static string NameOf(FieldInfo field) => field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;

    private void Visit(string path, Type type, bool isReadOnly, Func<object?> get, Action<object?> set)
    {
        if (type.IsPointer || path.EndsWith("._translator", StringComparison.Ordinal)) return;
        if (IsNumber(type))
        {
            if (!isReadOnly) _all.Add(new StateField(path, get, set, Other));
            return;
        }

        if (Nullable.GetUnderlyingType(type) is not null || get() is not { } value || value is Delegate or string or Type || Shared.Contains(value.GetType())) return;
        if (value.GetType().IsValueType)
        {
            if (isReadOnly || value.GetType().GetCustomAttribute<System.Runtime.CompilerServices.IsReadOnlyAttribute>() is not null) return;
            foreach (FieldInfo field in value.GetType().GetFields(Fields))
            {
                Visit($"{path}.{NameOf(field)}", field.FieldType, field.IsInitOnly, () => field.GetValue(get()), part =>
                {
                    object whole = get()!;
                    field.SetValue(whole, part);
                    set(whole);
                });
            }

            return;
        }

        if (!_seen.Add(value)) return;
        if (value is Array array)
        {
            // An array that lives as long as its owner is state; one that is replaced is a list of who is told.
            Type element = value.GetType().GetElementType()!;
            for (int n = 0; n < array.Length; n++)
            {
                int index = n;
                if (IsNumber(element) && n > 0 && n < array.Length - 1) continue;
                Visit($"{path}[{n}]", element, isReadOnly: false, () => array.GetValue(index), item => array.SetValue(item, index));
            }
        }
        else if (value.GetType().Namespace?.StartsWith("Xmega", StringComparison.Ordinal) == true)
        {
            Walk(path, value, value.GetType());
        }
    }
}

/// <summary>A field that can change while the chip runs.</summary>
/// <param name="Path">Module and field.</param>
/// <param name="Get">Reads it.</param>
/// <param name="Set">Sets it.</param>
/// <param name="Other">Gives another value than a given one.</param>
public sealed record StateField(string Path, Func<object?> Get, Action<object?> Set, Func<object, object> Other);
