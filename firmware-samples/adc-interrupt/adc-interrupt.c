// Samples a sine by interrupt: the one of TCC0's overflow starts the ADC, the one of the ADC stores the result.
// adc-event-dma does the same without the CPU.

#include "../sine-sampling.h"

ISR(TCC0_OVF_vect)
{
    ADCA.CH0.CTRL = ADC_CH_START_bm | ADC_CH_INPUTMODE_DIFF_gc;
}

ISR(ADCA_CH0_vect)
{
    static uint16_t next;
    samples[next++] = (int16_t)ADCA.CH0RES;
    if (next == SAMPLES) {
        TCC0.CTRLA = TC_CLKSEL_OFF_gc;
        done = 1;
    }
}

int main(void)
{
    adc_start();
    ADCA.CH0.INTCTRL = ADC_CH_INTMODE_COMPLETE_gc | ADC_CH_INTLVL_LO_gc;
    TCC0.INTCTRLA = TC_OVFINTLVL_LO_gc;
    wait_for_samples();
    print_range();
    return 0;
}
