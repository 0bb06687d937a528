// A tour of the clock system, from the 2 MHz of the reset through oscillators, PLL and prescalers and back. At each stop
// clk_PER is measured against the internal 32.768 kHz oscillator, without the CPU in between: the RTC overflows every
// 31.25 ms, and its event captures a 32-bit count of clk_PER (TCC0, and TCC1 for the high half). The line about it then
// goes out at 115200 baud from the clock that it is about.
//
// As AVR1003 has it: enable the source, wait for its ready flag, prescalers before a faster source, CCP writes in four
// cycles. If there is a crystal on XTAL1/XTAL2 it is visited too, under the eyes of the failure monitor.

#include "../console.h"
#include <avr/interrupt.h>
#include <stdbool.h>

#define BAUD 115200
#define RTC_HZ 1024
#define WINDOW 32 // RTC clocks in a measurement

static volatile bool external_failed;
static bool good = true;

// The system clock came from the crystal, and that stopped: the hardware has switched to 2 MHz, and the NMI says so.
ISR(OSC_XOSCF_vect)
{
    OSC.XOSCFAIL |= OSC_XOSCFDIF_bm;
    OSC.CTRL |= OSC_RC32KEN_bm; // the hardware has reset OSC.CTRL, and the RTC stands
    external_failed = true;
}

static void select_clock(uint8_t source, uint8_t prescalers)
{
    _PROTECTED_WRITE(CLK.PSCTRL, CLK_PSADIV_4_gc); // slow enough for both clocks
    _PROTECTED_WRITE(CLK.CTRL, source);
    _PROTECTED_WRITE(CLK.PSCTRL, prescalers);
}

// Waits for a source, at most 30 ms by the RTC: for a crystal that is not there one could wait for ever.
static bool is_ready(uint8_t flag)
{
    uint16_t start = RTC.CNT;
    while (!(OSC.STATUS & flag))
        if ((uint16_t)(RTC.CNT + WINDOW - start) % WINDOW > 30)
            return false;
    return true;
}

static void start_pll(uint8_t source, uint8_t factor)
{
    OSC.CTRL &= ~OSC_PLLEN_bm; // PLLCTRL can only be written while the PLL is off
    OSC.PLLCTRL = source | factor;
    OSC.CTRL |= OSC_PLLEN_bm;
    good &= is_ready(OSC_PLLRDY_bm);
}

static void start_measuring(void)
{
    OSC.CTRL |= OSC_RC32KEN_bm;
    while (!(OSC.STATUS & OSC_RC32KRDY_bm))
        ;
    CLK.RTCCTRL = CLK_RTCSRC_RCOSC_gc | CLK_RTCEN_bm;
    while (RTC.STATUS & RTC_SYNCBUSY_bm)
        ;
    RTC.PER = WINDOW - 1;
    RTC.CTRL = RTC_PRESCALER_DIV1_gc;

    EVSYS.CH1MUX = EVSYS_CHMUX_TCC0_OVF_gc;
    TCC0.CTRLD = TC_EVACT_CAPT_gc | TC_EVSEL_CH0_gc;
    TCC0.CTRLB = TC0_CCAEN_bm;
    TCC1.CTRLD = TC_EVACT_CAPT_gc | TC1_EVDLY_bm | TC_EVSEL_CH0_gc; // the carry takes a cycle
    TCC1.CTRLB = TC1_CCAEN_bm;
    TCC1.CTRLA = TC_CLKSEL_EVCH1_gc;
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;
}

static uint32_t next_capture(void)
{
    while (!(TCC1.INTFLAGS & TC1_CCAIF_bm))
        ;
    uint16_t low = TCC0.CCA; // reading clears the flags
    return (uint32_t)TCC1.CCA << 16 | low;
}

// clk_PER in hertz
static uint32_t measure(void)
{
    EVSYS.CH0MUX = EVSYS_CHMUX_OFF_gc;
    while (TCC1.INTFLAGS & TC1_CCAIF_bm) // captures of the clock before
        next_capture();
    EVSYS.CH0MUX = EVSYS_CHMUX_RTC_OVF_gc;
    uint32_t start = next_capture();
    return (next_capture() - start) * (RTC_HZ / WINDOW);
}

// BSCALE = -7 is the finest; at 1 to 32 MHz it fits.
static void set_baud(uint32_t hz)
{
    uint16_t bsel = (hz * 128 + BAUD * 8) / (BAUD * 16UL) - 128;
    console_start(bsel, -7);
}

static void report(const char *stop, uint32_t hz, uint32_t expected)
{
    bool right = hz > expected - expected / 100 && hz < expected + expected / 100; // 1 %: calibrated oscillators
    good &= right;
    printf_P(PSTR("%-34S%9" PRIu32 " Hz%S\n"), stop, hz, right ? PSTR("") : PSTR("  WRONG"));
    console_drain(); // before the clock changes
}

static void visit(const char *stop, uint32_t expected)
{
    uint32_t hz = measure();
    set_baud(hz);
    report(stop, hz, expected);
}

// 115200 baud cannot be had from so slow a clock: the line goes out from the clock before.
static void visit_slow(uint8_t source, uint8_t prescalers, const char *stop, uint32_t expected)
{
    uint8_t source_before = CLK.CTRL, prescalers_before = CLK.PSCTRL;
    select_clock(source, prescalers);
    uint32_t hz = measure();
    select_clock(source_before, prescalers_before);
    report(stop, hz, expected);
}

// Run-time calibration by the 32.768 kHz oscillator, a step a millisecond, for as long as two measurements take. On
// revision H the loops work only if both of them and both their oscillators are on (errata).
static void calibrate(void)
{
    OSC.DFLLCTRL = 0; // the internal reference, which runs
    DFLLRC32M.CTRL = DFLL_ENABLE_bm;
    DFLLRC2M.CTRL = DFLL_ENABLE_bm;
    measure();
    measure();
    DFLLRC32M.CTRL = 0; // what they found stays in CALA
    DFLLRC2M.CTRL = 0;
}

static void visit_crystal(void)
{
    OSC.XOSCCTRL = OSC_FRQRANGE_12TO16_gc | OSC_XOSCSEL_XTAL_16KCLK_gc;
    OSC.CTRL |= OSC_XOSCEN_bm;
    if (!is_ready(OSC_XOSCRDY_bm)) {
        OSC.CTRL &= ~OSC_XOSCEN_bm;
        printf_P(PSTR("no crystal on XTAL1/XTAL2\n"));
        console_drain();
        return;
    }

    _PROTECTED_WRITE(OSC.XOSCFAIL, OSC_XOSCFDEN_bm); // until the next reset
    select_clock(CLK_SCLKSEL_XOSC_gc, CLK_PSADIV_1_gc);
    uint32_t hz = measure();
    if (external_failed) {
        set_baud(2000000);
        printf_P(PSTR("the crystal stopped: NMI, and on with 2 MHz\n"));
        console_drain();
        return;
    }

    set_baud(hz);
    printf_P(PSTR("%-34S%9" PRIu32 " Hz\n"), PSTR("crystal"), hz);
    console_drain();
}

int main(void)
{
    start_measuring();
    visit(PSTR("2 MHz oscillator"), 2000000);
    visit_slow(CLK_SCLKSEL_RC2M_gc, CLK_PSADIV_512_gc, PSTR("2 MHz oscillator / 512"), 2000000 / 512);
    visit_slow(CLK_SCLKSEL_RC32K_gc, CLK_PSADIV_1_gc, PSTR("32.768 kHz oscillator"), 32768);

    OSC.CTRL |= OSC_RC32MEN_bm;
    good &= is_ready(OSC_RC32MRDY_bm);
    select_clock(CLK_SCLKSEL_RC32M_gc, CLK_PSADIV_1_gc);
    visit(PSTR("32 MHz oscillator"), 32000000);
    calibrate();
    visit(PSTR("32 MHz oscillator, calibrated"), 32000000);
    select_clock(CLK_SCLKSEL_RC32M_gc, CLK_PSADIV_8_gc);
    visit(PSTR("32 MHz oscillator / 8"), 4000000);

    // The PLL may run at up to 200 MHz, clk_PER at up to 32: prescalers B and C give clk_PER4 to the Hi-Res
    // extension and clk_PER2 to the EBI before they divide.
    start_pll(OSC_PLLSRC_RC2M_gc, 24);
    select_clock(CLK_SCLKSEL_PLL_gc, CLK_PSBCDIV_1_2_gc);
    visit(PSTR("PLL 2 MHz x 24 = 48 MHz, / 2"), 24000000);
    select_clock(CLK_SCLKSEL_RC32M_gc, CLK_PSADIV_1_gc);
    start_pll(OSC_PLLSRC_RC32M_gc, 16);
    select_clock(CLK_SCLKSEL_PLL_gc, CLK_PSBCDIV_2_2_gc);
    visit(PSTR("PLL 32/4 MHz x 16 = 128 MHz, / 4"), 32000000);

    select_clock(CLK_SCLKSEL_RC2M_gc, CLK_PSADIV_1_gc);
    set_baud(2000000);
    visit_crystal();

    select_clock(CLK_SCLKSEL_RC2M_gc, CLK_PSADIV_1_gc);
    OSC.CTRL = OSC_RC2MEN_bm | OSC_RC32KEN_bm;
    _PROTECTED_WRITE(CLK.LOCK, CLK_LOCK_bm); // nothing changes the clock any more, until a reset
    visit(PSTR("back at 2 MHz, locked"), 2000000);
    return !good;
}
