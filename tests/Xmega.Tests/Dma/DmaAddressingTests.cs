using CsCheck;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Dma.DmaBench;

namespace Xmega.Tests.Dma;

/// <summary>Random configurations against a small model of the rules for addresses and counters (8077I 5.4, 5.5, table 5-4).</summary>
public class DmaAddressingTests
{
    private const int Source = 0x2800;
    private const int Destination = 0x3400;
    private const int Sram = 0x2000;

    private static readonly Gen<Setup> Setups =
        from count in Gen.Int[1, 40]
        from burst in Gen.Int[0, 3]
        from control in Gen.Int[0, 3]
        from repeat in Gen.Int[0, 3]
        from reloads in Gen.Int[0, 15]
        from source in Gen.Int[0, 2]
        from destination in Gen.Int[0, 2]
        from triggers in Gen.Int[1, 12]
        select new Setup(count, burst, (control & 1) != 0, (control & 2) != 0, repeat, reloads >> 2, reloads & 3, source, destination, triggers);

    private readonly Bench _bench = Enabled();

    [Fact]
    public void Every_configuration_moves_the_bytes_and_leaves_the_registers_that_the_rules_say() => Setups.Sample(Compare, iter: 3000, threads: 1);

    private void Compare(Setup setup)
    {
        _bench.Write("DMA.CTRL", 0).Write("DMA.CTRL", RESET).Write("DMA.CTRL", ENABLE);
        Span<byte> sram = _bench.Chip.Data.SramSpan;
        for (int i = 0; i < sram.Length; i++) sram[i] = (byte)(i ^ (i >> 8));
        var model = new Model(setup, sram.ToArray());
        int addressControl = (setup.SourceReload << 6) | (setup.SourceDirection << 4) | (setup.DestinationReload << 2) | setup.DestinationDirection;
        int control = ENABLE | (setup.Repeat ? REPEAT : 0) | (setup.Single ? SINGLE : 0) | setup.Burst;
        _bench.Channel(1, Source, Destination, setup.Count, addressControl, 0, setup.Repetitions).Write("DMA.CH1.CTRLA", control);
        for (int i = 0; i < setup.Triggers; i++)
        {
            // REPEAT is the hardware's once it runs: write back what is there.
            _bench.Write("DMA.CH1.CTRLA", _bench.Read("DMA.CH1.CTRLA") | TRFREQ).Advance(1000);
            model.Trigger();
            Assert.Equal(model.Look, Look());
        }

        Assert.True(model.Memory.AsSpan().SequenceEqual(_bench.Chip.Data.SramSpan));
    }

    private (bool Enabled, bool Repeat, bool Complete, bool Busy, int Count, int Repetitions, int Source, int Destination) Look()
    {
        int control = _bench.Read("DMA.CH1.CTRLA"), status = _bench.Read("DMA.CH1.CTRLB");
        return ((control & ENABLE) != 0, (control & REPEAT) != 0, (status & TRNIF) != 0, (status & CHBUSY) != 0,
            _bench.Read("DMA.CH1.TRFCNT"), _bench.Read("DMA.CH1.REPCNT"), _bench.Address("DMA.CH1.SRCADDR"), _bench.Address("DMA.CH1.DESTADDR"));
    }

    private sealed record Setup(int Count, int Burst, bool Repeat, bool Single, int Repetitions, int SourceReload, int DestinationReload, int SourceDirection, int DestinationDirection, int Triggers);

    /// <summary>Moves byte after byte, with no notion of time.</summary>
    private sealed class Model(Setup setup, byte[] memory)
    {
        private bool _enabled = true;
        private bool _complete;
        private bool _busy;
        private int _blocks; // complete ones of this transaction
        private int _bytes;  // of this block
        private int _source = DmaAddressingTests.Source;
        private int _destination = DmaAddressingTests.Destination;

        public byte[] Memory => memory;

        public (bool Enabled, bool Repeat, bool Complete, bool Busy, int Count, int Repetitions, int Source, int Destination) Look =>
            (_enabled, Repeats, _complete, _busy, setup.Count - _bytes, setup.Repeat && setup.Repetitions > 0 ? setup.Repetitions - _blocks : setup.Repetitions, _source, _destination);

        private bool Forever => setup.Repeat && setup.Repetitions == 0;

        private int Blocks => setup.Repeat && setup.Repetitions > 0 ? setup.Repetitions : 1;

        // REPEAT goes when the last block begins.
        private bool Repeats => setup.Repeat && (Forever || (_blocks < Blocks - 1) || (_blocks == Blocks - 1 && _bytes == 0 && !_begun));

        private bool _begun; // the block has

        public void Trigger()
        {
            if (!_enabled) return;
            _busy = true;
            do Burst();
            while (_busy && !setup.Single);
        }

        private void Burst()
        {
            _begun = true;
            int start = _bytes;
            do
            {
                memory[_destination - Sram] = memory[_source - Sram];
                _source += Step(setup.SourceDirection);
                _destination += Step(setup.DestinationDirection);
                _bytes++;
            }
            while (_bytes < setup.Count && _bytes - start < 1 << setup.Burst);

            bool block = _bytes == setup.Count;
            bool transaction = block && (Forever || _blocks + 1 == Blocks);
            if (Reloads(setup.SourceReload)) _source = DmaAddressingTests.Source;
            if (Reloads(setup.DestinationReload)) _destination = DmaAddressingTests.Destination;
            if (!block) return;
            _bytes = 0;
            _begun = false;
            _blocks++;
            if (Forever) _blocks = 0;
            if (!transaction) return;
            _complete = true;
            _busy = false;
            _enabled = Forever && setup.Single;

            bool Reloads(int mode) => mode == 2 || (mode == 1 && block) || (mode == 3 && transaction);
        }

        private static int Step(int direction) => direction switch { 1 => 1, 2 => -1, _ => 0 };
    }
}
