// Takes the time of every rising edge on PC0: event channel 0 carries the edge to TCC0, which
// captures its count into CCA. The CPU reads the time stamp when it gets round to it.
// edge-timestamp-interrupt does the same with an interrupt, under the same load.

#include "../console.h"
#include "../load.h"

#define EDGES 64

int main(void)
{
    console_start_2MHz();

    PORTC.PIN0CTRL = PORT_ISC_RISING_gc;
    EVSYS.CH0MUX = EVSYS_CHMUX_PORTC_PIN0_gc;

    TCC0.CTRLD = TC_EVACT_CAPT_gc | TC_EVSEL_CH0_gc;
    TCC0.CTRLB = TC0_CCAEN_bm;
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc; // counts clk_PER cycles through all 16 bits

    load_start(777);
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    sei();

    uint16_t last = 0, shortest = UINT16_MAX, longest = 0;
    for (uint8_t edge = 0; edge < EDGES; edge++)
    {
        while (!(TCC0.INTFLAGS & TC0_CCAIF_bm))
            load_work();

        uint16_t now = TCC0.CCA; // clears the flag
        uint16_t interval = now - last;
        last = now;
        if (edge == 0)
            continue;
        if (interval < shortest)
            shortest = interval;
        if (interval > longest)
            longest = interval;
    }

    load_stop();
    printf_P(PSTR("%u edges, %u to %u cycles apart\n"), EDGES, shortest, longest);
    console_drain();
    return shortest == longest ? 0 : 1; // the stimulus is regular: so must be the time stamps
}
