using PublicApiGenerator;
using Xmega.Workbench.Running;
using Xunit;

namespace Xmega.Testing.Tests;

/// <summary>
/// What others build on changes only on purpose. After a change that is meant: run these, look at the difference, then
/// <c>.ci/accept</c> makes what was received what is verified.
/// </summary>
public sealed class PublicApiTests
{
    [Fact]
    public async Task Xmega() => await Verify(Of(typeof(ATxmega128A1)));

    [Fact]
    public async Task Xmega_Workbench() => await Verify(Of(typeof(FirmwareRun)));

    [Fact]
    public async Task Xmega_Testing() => await Verify(Of(typeof(FirmwareTest)));

    private static string Of(Type type) => type.Assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false });
}
