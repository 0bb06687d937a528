// Counts rising edges on PD2 for 10 ms at 32 MHz with the pin's interrupt. A second edge that comes before the
// first one's interrupt is taken finds the flag set and is lost. pulse-count-event counts with a timer.

#include "../console.h"
#include "../load.h"

#define PULSES 1000 // what stimulus.txt of pulse-count-event sends

static volatile uint16_t count;

ISR(PORTD_INT0_vect)
{
    count++;
}

int main(void)
{
    clock_32MHz();
    console_start_32MHz();

    PORTD.PIN2CTRL = PORT_ISC_RISING_gc;
    PORTD.INT0MASK = PIN2_bm;
    PORTD.INTCTRL = PORT_INT0LVL_LO_gc;

    TCE0.PER = 40000 - 1; // clk_PER / 8: 10 ms
    TCE0.CTRLA = TC_CLKSEL_DIV8_gc;

    PMIC.CTRL = PMIC_LOLVLEN_bm;
    sei();

    while (!(TCE0.INTFLAGS & TC0_OVFIF_bm))
        load_work();

    cli();
    printf_P(PSTR("%u of %u pulses\n"), count, PULSES);
    console_drain();
    return count == PULSES ? 0 : 1;
}
