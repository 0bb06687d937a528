// Ten periods of a sine of 1 kHz at PA2 without the CPU: the overflow of TCC0 converts the next of 64 values over
// event channel 0, and the empty data register asks DMA channel 0 for the one after it.

#include "../console.h"
#include <avr/interrupt.h>
#include <avr/sleep.h>

#define POINTS  64
#define PERIODS 10
#define CYCLES  500 // of 32 MHz between two points

// round(2047.5 + 2000 * sin(2 pi n / 64))
static const uint16_t wave[POINTS] = {
    2048, 2244, 2438, 2628, 2813, 2990, 3159, 3316, 3462, 3594, 3710, 3811, 3895, 3961, 4009, 4038,
    4048, 4038, 4009, 3961, 3895, 3811, 3710, 3594, 3462, 3316, 3159, 2990, 2813, 2628, 2438, 2244,
    2048, 1851, 1657, 1467, 1282, 1105, 936, 779, 633, 501, 385, 284, 200, 134, 86, 57,
    48, 57, 86, 134, 200, 284, 385, 501, 633, 779, 936, 1105, 1282, 1467, 1657, 1851,
};

static volatile uint8_t done;

ISR(DMA_CH0_vect)
{
    DMA.CH0.CTRLB = DMA_CH_TRNIF_bm;
    done = 1;
}

static void dac_start(void)
{
    DACA.CTRLB = DAC_CHSEL_SINGLE_gc | DAC_CH0TRIG_bm;
    DACA.CTRLC = DAC_REFSEL_AVCC_gc;
    DACA.EVCTRL = DAC_EVSEL_0_gc;
    DACA.TIMCTRL = DAC_CONINTVAL_64CLK_gc | DAC_REFRESH_OFF_gc;
    DACA.CTRLA = DAC_CH0EN_bm | DAC_ENABLE_bm;
}

static void dma_start(void)
{
    DMA.CTRL = DMA_ENABLE_bm;
    DMA.CH0.ADDRCTRL = DMA_CH_SRCRELOAD_BLOCK_gc | DMA_CH_SRCDIR_INC_gc | DMA_CH_DESTRELOAD_BURST_gc | DMA_CH_DESTDIR_INC_gc;
    DMA.CH0.TRIGSRC = DMA_CH_TRIGSRC_DACA_CH0_gc;
    DMA.CH0.SRCADDR0 = (uint8_t)(uintptr_t)wave;
    DMA.CH0.SRCADDR1 = (uint8_t)((uintptr_t)wave >> 8);
    DMA.CH0.SRCADDR2 = 0;
    DMA.CH0.DESTADDR0 = (uint8_t)(uintptr_t)&DACA.CH0DATA;
    DMA.CH0.DESTADDR1 = (uint8_t)((uintptr_t)&DACA.CH0DATA >> 8);
    DMA.CH0.DESTADDR2 = 0;
    DMA.CH0.TRFCNT = sizeof wave;
    DMA.CH0.REPCNT = PERIODS;
    DMA.CH0.CTRLB = DMA_CH_TRNINTLVL_LO_gc;
    DMA.CH0.CTRLA = DMA_CH_ENABLE_bm | DMA_CH_REPEAT_bm | DMA_CH_SINGLE_bm | DMA_CH_BURSTLEN_2BYTE_gc;
}

int main(void)
{
    clock_32MHz();
    dac_start();
    dma_start();
    EVSYS.CH0MUX = EVSYS_CHMUX_TCC0_OVF_gc;
    TCC0.PER = CYCLES - 1;
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;

    PMIC.CTRL = PMIC_LOLVLEN_bm;
    set_sleep_mode(SLEEP_MODE_IDLE);
    sleep_enable();
    cli();
    while (!done) {
        sei();
        sleep_cpu();
        cli();
    }
    return 0;
}
