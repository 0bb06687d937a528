// The watchdog in normal and in window mode, and what is left of a reset: RST.STATUS says where it came from, and
// memory that the start-up code does not clear (.noinit) says how far the last round got.
//
//   power-on     normal mode, 16 ms: fed ten times, then left alone until it bites
//   second round window mode, 16 ms closed and 16 ms open: fed in the open period, then too early
//   third round  a reset by software
//   fourth round the end
//
// The periods are those of the 1 kHz of the ultra low power oscillator, which may be 30 % off: 8 ms are in time
// and 24 ms are in the window on any chip.

#include "../console.h"
#include <avr/wdt.h>

#define NOINIT __attribute__((section(".noinit")))

static NOINIT uint8_t round_number;
static NOINIT volatile uint16_t waited; // milliseconds since the last WDR, for the round after the bite to read

static void wait_ms(uint16_t ms)
{
    while (ms--) {
        while (!(TCC0.INTFLAGS & TC0_OVFIF_bm))
            ;
        TCC0.INTFLAGS = TC0_OVFIF_bm;
        waited++;
    }
}

static void count_from_here(void)
{
    TCC0.CNT = 0;
    TCC0.INTFLAGS = TC0_OVFIF_bm;
    waited = 0;
}

static void feed(void)
{
    wdt_reset();
    count_from_here();
}

// Out to the last stop bit, before a reset cuts it off.
static void say(const char *text)
{
    printf_P(text);
    console_drain();
}

static void print_sources(uint8_t status)
{
    static const char names[][10] PROGMEM = {"power-on", "external", "brown-out", "watchdog", "debugger", "software"};
    for (uint8_t i = 0; i < 6; i++)
        if (status & 1 << i)
            printf_P(PSTR(" %S"), names[i]);
}

static void watchdog_start(uint8_t period)
{
    _PROTECTED_WRITE(WDT.CTRL, period | WDT_ENABLE_bm | WDT_CEN_bm);
    while (WDT.STATUS & WDT_SYNCBUSY_bm) // up to three cycles of its clock
        ;
}

static void normal_mode(void)
{
    say(PSTR("  normal mode, 16 ms: fed ten times every 8 ms, then no more\n"));
    watchdog_start(WDT_PER_16CLK_gc);
    for (uint8_t i = 0; i < 10; i++) {
        feed();
        wait_ms(8);
    }
    feed();
    wait_ms(100);
}

static void window_mode(void)
{
    say(PSTR("  window mode, 16 ms closed, 16 ms open: fed five times every 24 ms, then after 8 ms\n"));
    _PROTECTED_WRITE(WDT.WINCTRL, WDT_WPER_16CLK_gc | WDT_WEN_bm | WDT_WCEN_bm);
    watchdog_start(WDT_PER_16CLK_gc);
    count_from_here();
    for (uint8_t i = 0; i < 5; i++) {
        wait_ms(24);
        feed();
    }
    wait_ms(8);
    wdt_reset();
    wait_ms(100);
}

int main(void)
{
    uint8_t status = RST.STATUS;
    RST.STATUS = status; // writing 1 clears: the next round sees its own source only
    if (status & RST_PORF_bm)
        round_number = 0;
    round_number++;

    console_start_2MHz();
    TCC0.PER = 2000 - 1; // a millisecond
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;

    printf_P(PSTR("round %u: reset by"), round_number);
    print_sources(status);
    if (status & RST_WDRF_bm)
        printf_P(PSTR(", %u ms after the last WDR"), waited);
    printf_P(PSTR("\n"));

    switch (round_number) {
    case 1:
        normal_mode();
        break;
    case 2:
        window_mode();
        break;
    case 3:
        say(PSTR("  RST.CTRL.SWRST\n"));
        _PROTECTED_WRITE(RST.CTRL, RST_SWRST_bm);
        break;
    default:
        console_drain();
        return status == RST_SRF_bm ? 0 : 1;
    }
    say(PSTR("  NO RESET CAME\n"));
    return 1;
}
