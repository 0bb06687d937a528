// A LED on PC4 blinks at 2 Hz and no instruction is executed for it.
//
//   TCC0 overflow, every 10 ms  ->  event channel 0  ->  clock of TCC1
//   TCC1 in frequency mode toggles its output OC1A (PC4) every 25 events = 250 ms
//
// No interrupt is enabled: the CPU sets the modules up, sleeps in idle and never wakes.

#include <avr/io.h>
#include <avr/sleep.h>

#define EVENT_PERIOD  20000 // clk_PER cycles: 10 ms at 2 MHz
#define TOGGLE_PERIOD 25    // events: 250 ms

int main(void)
{
    PORTC.DIRSET = PIN4_bm; // the timer overrides OUT, not DIR

    EVSYS.CH0MUX = EVSYS_CHMUX_TCC0_OVF_gc;

    TCC1.CCA = TOGGLE_PERIOD - 1; // TOP in frequency mode
    TCC1.CTRLB = TC1_CCAEN_bm | TC_WGMODE_FRQ_gc;
    TCC1.CTRLA = TC_CLKSEL_EVCH0_gc;

    TCC0.PER = EVENT_PERIOD - 1;
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;

    set_sleep_mode(SLEEP_MODE_IDLE); // clk_PER runs on: timers and events work
    for (;;)
        sleep_mode();
}
