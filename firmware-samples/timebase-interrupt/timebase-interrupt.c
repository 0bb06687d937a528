// A 32-bit count of clk_PER cycles: TCC0 counts the low half, its overflow interrupt the high half.
// Main reads it all the time for one second of TCD0 and checks that it never goes back.
// timebase-event does the same with two chained timers.

#include "../console.h"
#include <avr/interrupt.h>
#include <stdbool.h>

static volatile uint16_t high;

ISR(TCC0_OVF_vect)
{
    high++;
}

static uint32_t now(void)
{
    cli();
    uint16_t low = TCC0.CNT;
    uint16_t carried = high;
    // An overflow whose interrupt is still to come: before the low half was read if that is small.
    if ((TCC0.INTFLAGS & TC0_OVFIF_bm) && low < 0x8000)
        carried++;
    sei();
    return (uint32_t)carried << 16 | low;
}

int main(void)
{
    console_start_2MHz();

    TCC0.INTCTRLA = TC_OVFINTLVL_LO_gc;
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;
    TCD0.PER = 31250 - 1; // clk_PER / 64: one second
    TCD0.CTRLA = TC_CLKSEL_DIV64_gc;
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    sei();

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
