// A LED on PC4 blinks at 2 Hz: the overflow interrupt of TCC0 toggles the pin every 250 ms.
// Between interrupts the CPU sleeps in idle. blink-event does the same without the CPU.

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#define TOGGLE_PERIOD 62500 // ticks of clk_PER / 8: 250 ms at 2 MHz

ISR(TCC0_OVF_vect)
{
    PORTC.OUTTGL = PIN4_bm;
}

int main(void)
{
    PORTC.DIRSET = PIN4_bm;

    TCC0.PER = TOGGLE_PERIOD - 1;
    TCC0.INTCTRLA = TC_OVFINTLVL_LO_gc;
    TCC0.CTRLA = TC_CLKSEL_DIV8_gc;

    PMIC.CTRL = PMIC_LOLVLEN_bm;
    sei();

    set_sleep_mode(SLEEP_MODE_IDLE);
    for (;;)
        sleep_mode();
}
