// Samples at a fixed rate: every 1000 clk_PER cycles (0.5 ms) TCC0 overflows and event channel 0
// starts a conversion. sampling-interrupt does the same with an interrupt.
//
// The converter is a stand-in: TCD1. A restart begins a conversion, its compare match CCA 50 cycles
// later is the end. TCE0 measures from outside, by event channel 1, when each conversion ends.

#include "../console.h"
#include "../load.h"

#define SAMPLE_PERIOD   1000 // clk_PER cycles
#define CONVERSION_TIME 50
#define SAMPLES         200

static void converter_start(void)
{
    TCD1.CCA = CONVERSION_TIME - 1;
    TCD1.CNT = 0x8000; // far from the match until the first restart
    TCD1.CTRLD = TC_EVACT_RESTART_gc | TC_EVSEL_CH0_gc;
    TCD1.CTRLA = TC_CLKSEL_DIV1_gc;
}

static void instrument_start(void)
{
    EVSYS.CH1MUX = EVSYS_CHMUX_TCD1_CCA_gc;
    TCE0.CTRLD = TC_EVACT_CAPT_gc | TC_EVSEL_CH1_gc;
    TCE0.CTRLB = TC0_CCAEN_bm;
    TCE0.CTRLA = TC_CLKSEL_DIV1_gc;
}

int main(void)
{
    console_start_2MHz();
    instrument_start();
    converter_start();

    TCC0.PER = SAMPLE_PERIOD - 1;
    EVSYS.CH0MUX = EVSYS_CHMUX_TCC0_OVF_gc;
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;

    load_start(777);
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    sei();

    uint16_t last = 0, shortest = UINT16_MAX, longest = 0;
    for (uint8_t sample = 0; sample < SAMPLES; sample++)
    {
        while (!(TCE0.INTFLAGS & TC0_CCAIF_bm))
            load_work();

        uint16_t now = TCE0.CCA; // clears the flag
        uint16_t interval = now - last;
        last = now;
        if (sample == 0)
            continue;
        if (interval < shortest)
            shortest = interval;
        if (interval > longest)
            longest = interval;
    }

    load_stop();
    TCC0.CTRLA = TC_CLKSEL_OFF_gc;
    printf_P(PSTR("%u samples, %u to %u cycles apart\n"), SAMPLES, shortest, longest);
    console_drain();
    return shortest == SAMPLE_PERIOD && longest == SAMPLE_PERIOD ? 0 : 1;
}
