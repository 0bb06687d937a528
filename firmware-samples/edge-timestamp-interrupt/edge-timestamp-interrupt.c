// Takes the time of every rising edge on PC0: the pin's interrupt reads TCC0.CNT.
// Another interrupt of the same level and background work make the moment of reading vary.
// edge-timestamp-event does the same with an input capture.

#include "../console.h"
#include "../load.h"

#define EDGES 64

static volatile uint16_t stamp;
static volatile uint8_t stamped; // counts the time stamps

ISR(PORTC_INT0_vect)
{
    stamp = TCC0.CNT;
    stamped++;
}

static uint16_t take(void)
{
    cli();
    uint16_t taken = stamp;
    sei();
    return taken;
}

int main(void)
{
    console_start_2MHz();

    PORTC.PIN0CTRL = PORT_ISC_RISING_gc;
    PORTC.INT0MASK = PIN0_bm;
    PORTC.INTCTRL = PORT_INT0LVL_LO_gc;

    TCC0.CTRLA = TC_CLKSEL_DIV1_gc; // counts clk_PER cycles through all 16 bits

    load_start(777);
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    sei();

    uint16_t last = 0, shortest = UINT16_MAX, longest = 0;
    for (uint8_t edge = 0; edge < EDGES; edge++)
    {
        while (stamped == edge)
            load_work();

        uint16_t now = take();
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
    return 0;
}
