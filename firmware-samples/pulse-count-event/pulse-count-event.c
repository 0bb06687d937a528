// Counts rising edges on PD2 for 10 ms at 32 MHz: event channel 0 carries the edges to the clock of TCC1.
// pulse-count-interrupt does the same with an interrupt.

#include "../console.h"
#include "../load.h"

#define PULSES 1000 // what stimulus.txt sends

int main(void)
{
    clock_32MHz();
    console_start_32MHz();

    PORTD.PIN2CTRL = PORT_ISC_RISING_gc;
    EVSYS.CH0MUX = EVSYS_CHMUX_PORTD_PIN2_gc;
    TCC1.CTRLA = TC_CLKSEL_EVCH0_gc;

    TCE0.PER = 40000 - 1; // clk_PER / 8: 10 ms
    TCE0.CTRLA = TC_CLKSEL_DIV8_gc;

    while (!(TCE0.INTFLAGS & TC0_OVFIF_bm))
        load_work();

    uint16_t count = TCC1.CNT;
    printf_P(PSTR("%u of %u pulses\n"), count, PULSES);
    console_drain();
    return count == PULSES ? 0 : 1;
}
