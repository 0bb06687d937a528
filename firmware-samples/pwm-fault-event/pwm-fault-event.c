// PWM of 10 kHz, 80 % on PC0, until the fault input PD0 goes high: event channel 0 carries the level of PD0 to
// the fault protection of the AWeX, which turns the output off (PC0 becomes an input, its pull-down takes it
// low). When the fault is over, main clears the latched fault flag and the AWeX turns the output on again.
// Returns after 32 faults. pwm-fault-interrupt does the same with an interrupt.

#include "../console.h"
#include "../load.h"

#define PERIOD 3200 // clk_PER cycles at 32 MHz
#define DUTY   2560
#define FAULTS 32

int main(void)
{
    clock_32MHz();
    console_start_32MHz();

    PORTD.PIN0CTRL = PORT_ISC_LEVEL_gc; // events as long as the pin is high
    EVSYS.CH0MUX = EVSYS_CHMUX_PORTD_PIN0_gc;

    PORTC.PIN0CTRL = PORT_OPC_PULLDOWN_gc;
    TCC0.PER = PERIOD - 1;
    TCC0.CCA = DUTY;
    TCC0.CTRLB = TC0_CCAEN_bm | TC_WGMODE_SS_gc;

    // Without dead time the low side, PC0, is the waveform of TCC0. The high side, PC1, is not overridden; it
    // becomes an output, and stays low, when the AWeX gives back DIR after a fault.
    AWEXC.CTRL = AWEX_DTICCAEN_bm;
    AWEXC.OUTOVEN = PIN0_bm;
    AWEXC.FDEMASK = 1 << 0;        // channel 0
    AWEXC.FDCTRL = AWEX_FDACT_CLEARDIR_gc; // latched until software clears the flag
    AWEXC.STATUS = AWEX_FDF_bm;

    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;
    PORTC.DIRSET = PIN0_bm;

    load_start(1777);
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    sei();

    uint8_t off = 0;
    for (uint8_t fault = 0; fault < FAULTS; fault++)
    {
        while (!(AWEXC.STATUS & AWEX_FDF_bm))
            load_work();
        off += !(PORTC.IN & PIN0_bm);
        while (PORTD.IN & PIN0_bm)
            ;

        AWEXC.STATUS = AWEX_FDF_bm; // the output comes back with the next period, which begins now
        TCC0.CTRLFSET = TC_CMD_RESTART_gc;
        TCC0.CTRLFSET = TC_CMD_UPDATE_gc;
    }

    load_stop();
    printf_P(PSTR("%u faults, output off %u times\n"), FAULTS, off);
    console_drain();
    return off == FAULTS ? 0 : 1;
}
