using System.Globalization;
using System.Text;
using Xmega.Firmware;
using Xmega.TestSupport;

namespace Xmega.Workbench.Tests.Support;

/// <summary>Firmware for a run: a few lines of assembler, or a sample.</summary>
internal static class Programs
{
    private const int BytesInRecord = 16;

    /// <summary>An image with the program at its reset vector.</summary>
    public static FirmwareImage Assemble(params string[] lines)
    {
        byte[] code = Assembler.Assemble(lines);
        var hex = new StringBuilder();
        for (int at = 0; at < code.Length; at += BytesInRecord)
        {
            byte[] bytes = code[at..Math.Min(at + BytesInRecord, code.Length)];
            byte[] record = [(byte)bytes.Length, (byte)(at >> 8), (byte)at, 0, .. bytes];
            hex.Append(CultureInfo.InvariantCulture, $":{Convert.ToHexString(record)}{(byte)-record.Sum(b => b):X2}\n");
        }

        return FirmwareImage.Load(Encoding.ASCII.GetBytes(hex + ":00000001FF\n"), "program.hex");
    }

    public static FirmwareImage Sample(string name) => FirmwareImage.Load(File.ReadAllBytes(SampleFile(name, $"{name}.hex")), name);

    /// <summary>A built program with symbols and source lines.</summary>
    public static FirmwareImage Fixture(string name) => FirmwareImage.Load(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "fixtures", name)), name);

    public static string SampleFile(string name, string file) => Path.Combine(AppContext.BaseDirectory, "firmware-samples", name, file);

    public static ATxmega128A1 Chip(FirmwareImage image)
    {
        var chip = new ATxmega128A1();
        chip.Load(image);
        return chip;
    }
}
