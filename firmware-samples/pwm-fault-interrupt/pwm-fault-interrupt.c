// PWM of 10 kHz, 80 % on PC0, until the fault input PD0 goes high: the pin's interrupt turns the output off
// (PC0 becomes an input, its pull-down takes it low). When the fault is over, main starts the PWM again.
// Returns after 32 faults. pwm-fault-event leaves the turning off to the AWeX.

#include "../console.h"
#include "../load.h"

#define PERIOD 3200 // clk_PER cycles at 32 MHz
#define DUTY   2560
#define FAULTS 32

static volatile uint8_t faults;

ISR(PORTD_INT0_vect)
{
    PORTC.DIRCLR = PIN0_bm;
    faults++;
}

int main(void)
{
    clock_32MHz();
    console_start_32MHz();

    PORTC.PIN0CTRL = PORT_OPC_PULLDOWN_gc;
    TCC0.PER = PERIOD - 1;
    TCC0.CCA = DUTY;
    TCC0.CTRLB = TC0_CCAEN_bm | TC_WGMODE_SS_gc;
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;
    PORTC.DIRSET = PIN0_bm;

    PORTD.PIN0CTRL = PORT_ISC_RISING_gc;
    PORTD.INT0MASK = PIN0_bm;
    PORTD.INTCTRL = PORT_INT0LVL_LO_gc;

    load_start(1777);
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    sei();

    uint8_t off = 0;
    for (uint8_t fault = 0; fault < FAULTS; fault++)
    {
        while (faults == fault)
            load_work();
        off += !(PORTC.IN & PIN0_bm);
        while (PORTD.IN & PIN0_bm)
            ;

        TCC0.CTRLFSET = TC_CMD_RESTART_gc;
        PORTC.DIRSET = PIN0_bm;
    }

    load_stop();
    printf_P(PSTR("%u faults, output off %u times\n"), FAULTS, off);
    console_drain();
    return off == FAULTS ? 0 : 1;
}
