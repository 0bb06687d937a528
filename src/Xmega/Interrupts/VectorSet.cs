using System.Numerics;

namespace Xmega.Interrupts;

/// <summary>A set of interrupt vectors, 0–127.</summary>
internal struct VectorSet
{
    private const int Half = 64;

    private ulong _low, _high;

    /// <summary>Gets a value indicating whether no vector is in it.</summary>
    public readonly bool IsEmpty => (_low | _high) == 0;

    /// <summary>Gets the lowest vector in it; it must not be empty.</summary>
    public readonly int Lowest => _low != 0 ? BitOperations.TrailingZeroCount(_low) : Half + BitOperations.TrailingZeroCount(_high);

    /// <summary>Puts a vector in.</summary>
    /// <param name="vector">Vector number.</param>
    public void Add(int vector)
    {
        if (vector < Half) _low |= 1UL << vector;
        else _high |= 1UL << (vector - Half);
    }

    /// <summary>Takes a vector out.</summary>
    /// <param name="vector">Vector number.</param>
    public void Remove(int vector)
    {
        if (vector < Half) _low &= ~(1UL << vector);
        else _high &= ~(1UL << (vector - Half));
    }

    /// <summary>The vectors that are in another set too.</summary>
    /// <param name="other">The other set.</param>
    /// <returns>Those in both.</returns>
    public readonly VectorSet Common(VectorSet other) => new() { _low = _low & other._low, _high = _high & other._high };

    /// <summary>The vectors of it that come after one in the order of vectors.</summary>
    /// <param name="vector">Vector number, 0–126.</param>
    /// <returns>Those of a higher number.</returns>
    public readonly VectorSet After(int vector) => vector + 1 < Half
        ? new VectorSet { _low = _low & (~0UL << (vector + 1)), _high = _high }
        : new VectorSet { _high = _high & (~0UL << (vector + 1 - Half)) };
}
