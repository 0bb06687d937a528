using CsCheck;
using Xmega.Interrupts;
using Xunit;

namespace Xmega.Tests.Interrupts;

public class VectorSetTests
{
    private static readonly Gen<(bool Adds, int Vector)[]> Changes = Gen.Select(Gen.Bool, Gen.Int[0, 127]).Array[0, 40];

    [Fact]
    public void ASetOfVectorsIsASet() => Gen.Select(Changes, Gen.Int[0, 126]).Sample((changes, after) =>
    {
        var set = new VectorSet();
        var model = new SortedSet<int>();
        foreach ((bool adds, int vector) in changes)
        {
            if (adds) set.Add(vector);
            else set.Remove(vector);
            if (adds) model.Add(vector);
            else model.Remove(vector);
        }

        Assert.Equal(model, Members(set));
        Assert.Equal(model.Where(v => v > after), Members(set.After(after)));
    });

    private static List<int> Members(VectorSet set)
    {
        List<int> members = [];
        while (!set.IsEmpty)
        {
            members.Add(set.Lowest);
            set.Remove(set.Lowest);
        }

        return members;
    }
}
