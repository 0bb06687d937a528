using Xmega.SystemControl;
using Xmega.Workbench.Running;
using Xmega.Workbench.Serial;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>The samples that write flash and EEPROM.</summary>
public class NonVolatileSampleTests
{
    [Fact]
    public void The_boot_loader_loads_another_sample_over_the_serial_line_and_starts_it()
    {
        FirmwareImage loader = FirmwareRunner.LoadSample("bootloader"), application = FirmwareRunner.LoadSample("hello-usart");
        var chip = new ATxmega128A1();
        chip.Load(loader);
        new SerialTransmitter(chip, chip.FindUsart("USARTC0")!).Send(File.ReadAllBytes(application.FileName));
        RunResult run = new FirmwareRun(chip, loader, new RunOptions()).Run();
        Assert.Equal((StopReason.Exit, 0), (run.Stop, run.ExitCode));
        Assert.Empty(run.Diagnostics);

        string alone = FirmwareRunner.Text(FirmwareRunner.Run(application, new RunOptions()));
        Assert.Equal($"boot loader: send an Intel HEX file\n{application.SizeOf(MemoryKind.Flash)} bytes written\nstarting\n{alone}", FirmwareRunner.Text(run));
        foreach (FirmwareImage image in new[] { loader, application })
        {
            foreach (FirmwareSegment segment in image.SegmentsOf(MemoryKind.Flash))
                Assert.True(segment.Bytes.Span.SequenceEqual(chip.Program.Span.Slice((int)segment.Address, segment.Bytes.Length)), "flash holds the file");
        }

        // The next reset finds the application, and nobody who sends.
        chip.Reset(ResetSource.External);
        RunResult again = new FirmwareRun(chip, loader, new RunOptions()).Run();
        Assert.Equal($"boot loader: send an Intel HEX file\nstarting\n{alone}", FirmwareRunner.Text(again));
    }

    [Fact]
    public void The_boot_loader_refuses_a_file_with_a_wrong_checksum()
    {
        FirmwareImage loader = FirmwareRunner.LoadSample("bootloader");
        var chip = new ATxmega128A1();
        chip.Load(loader);
        new SerialTransmitter(chip, chip.FindUsart("USARTC0")!).Send(":0100000000FE\n:00000001FF\n"u8.ToArray());
        RunResult run = new FirmwareRun(chip, loader, new RunOptions { ExpectText = ["bad file"], Timeout = EmulatedTime.FromSeconds(1) }).Run();
        Assert.Equal(StopReason.Text, run.Stop);
    }

    [Fact]
    public void The_counter_counts_on_from_run_to_run()
    {
        byte[]? eeprom = null;
        for (int n = 1; n <= 3; n++) Assert.Equal($"run {n}\n", Count(ref eeprom, null));
    }

    [Fact]
    public void A_power_cut_at_every_1000th_cycle_never_costs_the_counter_more_than_the_run_that_was_cut()
    {
        byte[]? once = null;
        Count(ref once, null);
        Count(ref once, null);
        for (int cycles = 1_000; cycles < 130_000; cycles += 1_000)
        {
            byte[]? eeprom = once;
            string cut = Count(ref eeprom, cycles);
            string next = Count(ref eeprom, null);
            Assert.True(next == "run 4\n" || (next == "run 3\n" && cut.Length == 0), $"cut at cycle {cycles}: {next}");
        }
    }

    // Runs the sample with the EEPROM of the last run; its power is cut at the end, or after some cycles.
    private static string Count(ref byte[]? eeprom, int? cycles)
    {
        FirmwareImage image = FirmwareRunner.LoadSample("eeprom-counter");
        var chip = new ATxmega128A1();
        chip.Load(image, eeprom is null ? [] : [new MemoryOverlay(MemoryKind.Eeprom, 0, eeprom)]);
        RunResult run = new FirmwareRun(chip, image, new RunOptions { For = cycles is { } n ? new EmulatedTime(n, InCycles: true) : null }).Run();
        Assert.Empty(run.Diagnostics);
        chip.CutPower();
        eeprom = chip.Data.EepromSpan.ToArray();
        return FirmwareRunner.Text(run);
    }
}
