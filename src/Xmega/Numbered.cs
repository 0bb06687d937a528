namespace Xmega;

/// <summary>The parts that a module has several of, each with its number.</summary>
internal static class Numbered
{
    /// <summary>Makes them in order. A chip has hundreds, and of LINQ's <c>Range</c> over numbers nothing is compiled ahead of time.</summary>
    /// <param name="count">How many.</param>
    /// <param name="create">Makes the one with a number, from 0.</param>
    /// <typeparam name="T">What they are.</typeparam>
    /// <returns>All of them.</returns>
    public static T[] Create<T>(int count, Func<int, T> create)
        where T : class
    {
        var parts = new T[count];
        for (int n = 0; n < count; n++) parts[n] = create(n);
        return parts;
    }
}
