using Xmega.Firmware;

namespace Xmega.Benchmarks;

/// <summary>The committed sample firmwares, carried into the benchmark's output folder by the project file.</summary>
internal static class Samples
{
    public static FirmwareImage Load(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "firmware-samples", name, $"{name}.hex");
        return FirmwareImage.Load(File.ReadAllBytes(path), path);
    }
}
