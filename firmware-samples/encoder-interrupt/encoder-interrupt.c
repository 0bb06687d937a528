// A rotary encoder of 25 lines on PD0 (phase 0) and PD1 (phase 90), at 32 MHz: an interrupt on every edge
// steps a position of 4 x 25 counts a revolution; phase 90 ahead is up. Reads it for 20 ms.
// encoder-event leaves the decoding to the event system.

#include "../console.h"
#include "../load.h"

#define COUNTS   100 // a revolution: 4 x 25 lines
#define POSITION 60  // where stimulus.txt of encoder-event leaves it

static volatile uint8_t position;
static volatile uint8_t illegal; // both lines changed at once: an edge was lost

ISR(PORTD_INT0_vect)
{
    // [before][now], both as PD1 PD0
    static const int8_t step[4][4] = {
        { 0, -1, 1, 2 },
        { 1, 0, 2, -1 },
        { -1, 2, 0, 1 },
        { 2, 1, -1, 0 },
    };
    static uint8_t before;

    uint8_t now = PORTD.IN & (PIN0_bm | PIN1_bm);
    int8_t by = step[before][now];
    before = now;
    uint8_t at = position;
    if (by == 2)
        illegal++;
    else if (by > 0)
        position = at == COUNTS - 1 ? 0 : at + 1;
    else if (by < 0)
        position = at == 0 ? COUNTS - 1 : at - 1;
}

int main(void)
{
    clock_32MHz();
    console_start_32MHz();

    PORTD.PIN0CTRL = PORT_ISC_BOTHEDGES_gc;
    PORTD.PIN1CTRL = PORT_ISC_BOTHEDGES_gc;
    PORTD.INT0MASK = PIN0_bm | PIN1_bm;
    PORTD.INTCTRL = PORT_INT0LVL_LO_gc;

    TCE0.PER = 10000 - 1; // clk_PER / 64: 20 ms
    TCE0.CTRLA = TC_CLKSEL_DIV64_gc;

    load_start(7777);
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    sei();

    while (!(TCE0.INTFLAGS & TC0_OVFIF_bm))
        load_work();

    load_stop();
    printf_P(PSTR("position %u, should be %u, %u illegal steps\n"), position, POSITION, illegal);
    console_drain();
    return position == POSITION && illegal == 0 ? 0 : 1;
}
