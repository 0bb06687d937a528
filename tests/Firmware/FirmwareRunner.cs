using System.Text;
using Xmega.Workbench.Running;

namespace Xmega.Firmware.Tests;

/// <summary>Runs the firmwares that are committed with the project.</summary>
internal static class FirmwareRunner
{
    public static FirmwareImage LoadSample(string name) => Load(Path.Combine("firmware-samples", name, $"{name}.hex"));

    public static FirmwareImage Load(string relativePath)
    {
        string path = Path.Combine(AppContext.BaseDirectory, relativePath);
        return FirmwareImage.Load(File.ReadAllBytes(path), path);
    }

    public static RunResult Run(FirmwareImage image, RunOptions options) => Run(image, options, out _);

    public static RunResult Run(FirmwareImage image, RunOptions options, out ATxmega128A1 chip)
    {
        chip = new ATxmega128A1();
        chip.Load(image);
        return new FirmwareRun(chip, image, options).Run();
    }

    public static string Text(RunResult run, string usart = "USARTC0") =>
        run.Usart.TryGetValue(usart, out byte[]? bytes) ? Encoding.UTF8.GetString(bytes) : "";
}
