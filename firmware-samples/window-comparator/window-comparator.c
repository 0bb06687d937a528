// Watches whether the voltage at PA2 is within a window: below 40/64 of VCC (comparator 0) and above the bandgap's
// 1.1 V (comparator 1). Each time it leaves the window an event counts it in TCC1 and an interrupt says on which
// side; TCC0 ends it after 50 ms. The CPU sleeps.

#include "../console.h"
#include <avr/interrupt.h>
#include <avr/sleep.h>

static volatile uint8_t above, below, done;

ISR(ACA_ACW_vect)
{
    if ((ACA.STATUS & AC_WSTATE_gm) == AC_WSTATE_ABOVE_gc)
        above++;
    else
        below++;
}

ISR(TCC0_OVF_vect)
{
    done = 1;
}

static void window_start(void)
{
    ACA.CTRLB = 39; // VCC * (39 + 1) / 64
    ACA.AC0MUXCTRL = AC_MUXPOS_PIN2_gc | AC_MUXNEG_SCALER_gc;
    ACA.AC1MUXCTRL = AC_MUXPOS_PIN2_gc | AC_MUXNEG_BANDGAP_gc;
    ACA.AC0CTRL = AC_HSMODE_bm | AC_HYSMODE_SMALL_gc | AC_ENABLE_bm;
    ACA.AC1CTRL = AC_HSMODE_bm | AC_HYSMODE_SMALL_gc | AC_ENABLE_bm;
    for (uint8_t i = 0; i < 10; i++) // the comparators start up
        __asm__ volatile("nop");
    ACA.WINCTRL = AC_WEN_bm | AC_WINTMODE_OUTSIDE_gc | AC_WINTLVL_LO_gc;
}

int main(void)
{
    window_start();
    EVSYS.CH0MUX = EVSYS_CHMUX_ACA_WIN_gc;
    TCC1.CTRLA = TC_CLKSEL_EVCH0_gc;
    TCC0.PER = 12500 - 1; // 50 ms of 2 MHz / 8
    TCC0.INTCTRLA = TC_OVFINTLVL_LO_gc;
    TCC0.CTRLA = TC_CLKSEL_DIV8_gc;

    PMIC.CTRL = PMIC_LOLVLEN_bm;
    set_sleep_mode(SLEEP_MODE_IDLE);
    sleep_enable();
    cli();
    while (!done) {
        sei();
        sleep_cpu();
        cli();
    }
    console_start_2MHz();
    printf_P(PSTR("%u times above, %u times below; %u events\n"), above, below, TCC1.CNT);
    console_drain();
    return TCC1.CNT == (uint16_t)above + below ? 0 : 1;
}
