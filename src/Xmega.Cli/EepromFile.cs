using Xmega.Firmware;
using Xmega.Memory;

namespace Xmega.Cli;

/// <summary>
/// EEPROM kept in a file between runs: its 2048 bytes, nothing else. The end of a run is the end of power. The file is
/// replaced as a whole or not at all, whatever happens to this process.
/// </summary>
internal sealed class EepromFile
{
    private readonly string _path;

    /// <summary>Reads the file, if it exists, and makes sure that it can be written later.</summary>
    /// <param name="path">The file.</param>
    public EepromFile(string path)
    {
        _path = path;
        if (File.Exists(path) || Directory.Exists(path))
        {
            byte[] bytes = Arguments.ReadBytes(path, "--eeprom names a file of 2048 bytes, or one to be made");
            if (bytes.Length != Eeprom.Size) throw new UsageException($"--eeprom: {path} has {bytes.Length} bytes, EEPROM has {Eeprom.Size}; name another file, or delete this one to begin with the firmware's own EEPROM");
            Overlays = [new MemoryOverlay(MemoryKind.Eeprom, 0, bytes)];
        }

        Try(() => File.Create(Temporary).Dispose());
        File.Delete(Temporary);
    }

    /// <summary>Gets what the file writes over the firmware's EEPROM: all of it, or nothing when there was no file.</summary>
    public MemoryOverlay[] Overlays { get; } = [];

    // Beside the file itself: a rename within one directory is atomic.
    private string Temporary => $"{_path}.{Environment.ProcessId}.tmp";

    /// <summary>Cuts the chip's power and writes what EEPROM holds then.</summary>
    /// <param name="chip">The chip.</param>
    public void Save(ATxmega128A1 chip)
    {
        chip.CutPower();
        Try(() =>
        {
            using (FileStream file = File.Create(Temporary))
            {
                file.Write(chip.Data.EepromSpan);
                file.Flush(flushToDisk: true);
            }

            File.Move(Temporary, _path, overwrite: true);
        });
    }

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--eeprom: {_path} cannot be written: {e.Message}");
        }
    }
}
