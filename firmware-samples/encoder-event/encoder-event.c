// A rotary encoder of 25 lines on PD0 (phase 0) and PD1 (phase 90), at 32 MHz: event channel 0 decodes the two
// lines and steps TCC0, 4 x 25 counts a revolution; phase 90 ahead is up. Reads it after 20 ms.
// encoder-interrupt does the same with an interrupt.

#include "../console.h"
#include "../load.h"

#define COUNTS   100 // a revolution: 4 x 25 lines
#define POSITION 60  // where stimulus.txt leaves it

int main(void)
{
    clock_32MHz();
    console_start_32MHz();

    PORTD.PIN0CTRL = PORT_ISC_LEVEL_gc; // the decoder wants levels
    PORTD.PIN1CTRL = PORT_ISC_LEVEL_gc;
    EVSYS.CH0MUX = EVSYS_CHMUX_PORTD_PIN0_gc; // and the pin after it
    EVSYS.CH0CTRL = EVSYS_QDEN_bm | EVSYS_DIGFILT_2SAMPLES_gc;
    TCC0.CTRLD = TC_EVACT_QDEC_gc | TC_EVSEL_CH0_gc;
    TCC0.PER = COUNTS - 1;
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;

    TCE0.PER = 10000 - 1; // clk_PER / 64: 20 ms
    TCE0.CTRLA = TC_CLKSEL_DIV64_gc;

    load_start(7777);
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    sei();

    while (!(TCE0.INTFLAGS & TC0_OVFIF_bm))
        load_work();

    load_stop();
    uint16_t position = TCC0.CNT;
    printf_P(PSTR("position %u, should be %u\n"), position, POSITION);
    console_drain();
    return position == POSITION ? 0 : 1;
}
