// Samples a sine without the CPU: the overflow of TCC0 starts the ADC over event channel 0, DMA channel 0 stores
// each result, and the CPU is woken when all 256 are there. adc-interrupt does the same with two interrupts.

#include "../sine-sampling.h"

ISR(DMA_CH0_vect)
{
    DMA.CH0.CTRLB = DMA_CH_TRNIF_bm; // clears it, and switches its interrupt off
    done = 1;
}

static void dma_start(void)
{
    DMA.CTRL = DMA_ENABLE_bm;
    DMA.CH0.ADDRCTRL = DMA_CH_SRCRELOAD_BURST_gc | DMA_CH_SRCDIR_INC_gc | DMA_CH_DESTRELOAD_NONE_gc | DMA_CH_DESTDIR_INC_gc;
    DMA.CH0.TRIGSRC = DMA_CH_TRIGSRC_ADCA_CH0_gc;
    DMA.CH0.SRCADDR0 = (uint8_t)(uintptr_t)&ADCA.CH0RES;
    DMA.CH0.SRCADDR1 = (uint8_t)((uintptr_t)&ADCA.CH0RES >> 8);
    DMA.CH0.SRCADDR2 = 0;
    DMA.CH0.DESTADDR0 = (uint8_t)(uintptr_t)samples;
    DMA.CH0.DESTADDR1 = (uint8_t)((uintptr_t)samples >> 8);
    DMA.CH0.DESTADDR2 = 0;
    DMA.CH0.TRFCNT = SAMPLES * sizeof samples[0];
    DMA.CH0.CTRLB = DMA_CH_TRNINTLVL_LO_gc;
    DMA.CH0.CTRLA = DMA_CH_ENABLE_bm | DMA_CH_SINGLE_bm | DMA_CH_BURSTLEN_2BYTE_gc;
}

int main(void)
{
    adc_start();
    ADCA.EVCTRL = ADC_EVSEL_0123_gc | ADC_EVACT_CH0_gc;
    EVSYS.CH0MUX = EVSYS_CHMUX_TCC0_OVF_gc;
    dma_start();
    wait_for_samples();
    print_range();
    return 0;
}
