// A 32-bit count of clk_PER cycles without the CPU: TCC0 counts the low half, event channel 0 carries its
// overflow to the clock of TCC1, the high half. To read both at the same moment, software strobes event
// channel 1 and both capture; TCC1 one cycle later, because the carry takes one.
// Main reads it all the time for one second of TCD0 and checks that it never goes back.
// timebase-interrupt does the same with an interrupt.

#include "../console.h"
#include <stdbool.h>

static uint32_t now(void)
{
    EVSYS.STROBE = 1 << 1;
    while (!(TCC1.INTFLAGS & TC1_CCAIF_bm))
        ;
    uint16_t low = TCC0.CCA; // reading clears the flags
    return (uint32_t)TCC1.CCA << 16 | low;
}

int main(void)
{
    console_start_2MHz();

    EVSYS.CH0MUX = EVSYS_CHMUX_TCC0_OVF_gc;
    TCC1.CTRLD = TC_EVACT_CAPT_gc | TC1_EVDLY_bm | TC_EVSEL_CH1_gc;
    TCC1.CTRLB = TC1_CCAEN_bm;
    TCC1.CTRLA = TC_CLKSEL_EVCH0_gc;
    TCC0.CTRLD = TC_EVACT_CAPT_gc | TC_EVSEL_CH1_gc;
    TCC0.CTRLB = TC0_CCAEN_bm;
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;
    TCD0.PER = 31250 - 1; // clk_PER / 64: one second
    TCD0.CTRLA = TC_CLKSEL_DIV64_gc;

    uint32_t last = 0, readings = 0, longest = 0;
    bool monotonic = true;
    while (!(TCD0.INTFLAGS & TC0_OVFIF_bm))
    {
        uint32_t time = now();
        monotonic &= time >= last;
        if (time - last > longest)
            longest = time - last;
        last = time;
        readings++;
    }

    // the last reading is at most two rounds of the loop before the end of the second
    bool good = monotonic && last <= 2000000 && last > 2000000 - 500;
    printf_P(PSTR("%" PRIu32 " readings, at most %" PRIu32 " cycles apart\n"), readings, longest);
    printf_P(PSTR("%S, %" PRIu32 " after one second\n"), monotonic ? PSTR("monotonic") : PSTR("NOT monotonic"), last);
    console_drain();
    return good ? 0 : 1;
}
