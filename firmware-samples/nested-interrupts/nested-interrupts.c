// Three timers interrupt at the three levels of the PMIC, in two scenes:
//
//   nesting   LO is interrupted by MED, MED is interrupted by HI
//   waiting   LO and MED fall due while HI runs: they wait, then run MED first, LO last
//
// Every entry and every exit is recorded with PMIC.STATUS as read there. GPIOR0 holds the depth of
// nesting, for whoever watches from outside. Exit status: 0 if the record is as expected, else 1.

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <stdbool.h>
#include <stdio.h>

#define LO  PMIC_LOLVLEX_bm
#define MED PMIC_MEDLVLEX_bm
#define HI  PMIC_HILVLEX_bm

#define STEPS 6 // entry and exit of three handlers

typedef struct
{
    char level;     // 'L', 'M', 'H'
    char edge;      // '(' entry, ')' exit
    uint8_t status; // PMIC.STATUS
} Step;

static volatile Step record[2 * STEPS];
static volatile uint8_t recorded;
static volatile bool nesting;

static const Step expected[2][STEPS] = {
    { { 'L', '(', LO }, { 'M', '(', LO | MED }, { 'H', '(', LO | MED | HI },
      { 'H', ')', LO | MED | HI }, { 'M', ')', LO | MED }, { 'L', ')', LO } },
    { { 'H', '(', HI }, { 'H', ')', HI }, { 'M', '(', MED },
      { 'M', ')', MED }, { 'L', '(', LO }, { 'L', ')', LO } },
};

// One shot: the timer overflows `cycles` clk_PER cycles from now. The handler stops it.
static void start(TC0_t *timer, uint16_t cycles)
{
    timer->CTRLA = TC_CLKSEL_OFF_gc;
    timer->CNT = 0;
    timer->PER = cycles - 1;
    timer->CTRLA = TC_CLKSEL_DIV1_gc;
}

// The flag too: the timer may have overflowed again between the vector and here.
static inline void stop(TC0_t *timer)
{
    timer->CTRLA = TC_CLKSEL_OFF_gc;
    timer->INTFLAGS = TC0_OVFIF_bm;
}

// No timer that could interrupt runs while a step is taken, so the index needs no lock.
static void step(char level, char edge)
{
    uint8_t status = PMIC.STATUS;
    uint8_t i = recorded;
    if (i >= 2 * STEPS)
        return;
    recorded = i + 1;
    record[i].level = level;
    record[i].edge = edge;
    record[i].status = status;
}

// Runs until `count` steps are on record, or long enough to be sure that they will not come.
static void await(uint8_t count)
{
    for (uint16_t patience = 2000; patience != 0 && recorded < count; patience--)
        ;
}

ISR(TCC0_OVF_vect)
{
    stop(&TCC0);
    GPIOR0++;
    step('L', '(');
    if (nesting)
    {
        start(&TCD0, 100);
        await(5); // both higher handlers come and go here
    }
    step('L', ')');
    GPIOR0--;
}

ISR(TCD0_OVF_vect)
{
    stop(&TCD0);
    GPIOR0++;
    step('M', '(');
    if (nesting)
    {
        start(&TCE0, 100);
        await(4);
    }
    step('M', ')');
    GPIOR0--;
}

ISR(TCE0_OVF_vect)
{
    stop(&TCE0);
    GPIOR0++;
    step('H', '(');
    if (!nesting)
    {
        start(&TCC0, 100);
        start(&TCD0, 200);
        while (!(TCC0.INTFLAGS & TC0_OVFIF_bm) || !(TCD0.INTFLAGS & TC0_OVFIF_bm))
            ; // both are due now, and neither may run before this handler has returned
    }
    step('H', ')');
    GPIOR0--;
}

static int usart_put(char c, FILE *stream)
{
    (void)stream;
    while (!(USARTC0.STATUS & USART_DREIF_bm))
        ;
    USARTC0.DATA = (uint8_t)c;
    USARTC0.STATUS = USART_TXCIF_bm;
    return 0;
}

static FILE usart = FDEV_SETUP_STREAM(usart_put, NULL, _FDEV_SETUP_WRITE);

static void usart_start(void)
{
    PORTC.OUTSET = PIN3_bm;
    PORTC.DIRSET = PIN3_bm;
    USARTC0.BAUDCTRLB = 0;
    USARTC0.BAUDCTRLA = 12; // 9615 baud at 2 MHz
    USARTC0.CTRLC = USART_CHSIZE_8BIT_gc;
    USARTC0.CTRLB = USART_TXEN_bm;
    stdout = &usart;
}

static bool report(uint8_t scene)
{
    bool good = true;
    for (uint8_t i = 0; i < STEPS; i++)
    {
        const volatile Step *is = &record[scene * STEPS + i];
        const Step *should = &expected[scene][i];
        bool same = is->level == should->level && is->edge == should->edge && is->status == should->status;
        printf_P(PSTR("  %S %S  STATUS %02X%S\n"),
            is->level == 'L' ? PSTR("LO ") : is->level == 'M' ? PSTR("MED") : is->level == 'H' ? PSTR("HI ") : PSTR("-  "),
            is->edge == '(' ? PSTR("in ") : is->edge == ')' ? PSTR("out") : PSTR("-  "),
            is->status, same ? PSTR("") : PSTR("  unexpected"));
        good &= same;
    }
    return good;
}

int main(void)
{
    usart_start();

    TCC0.INTCTRLA = TC_OVFINTLVL_LO_gc;
    TCD0.INTCTRLA = TC_OVFINTLVL_MED_gc;
    TCE0.INTCTRLA = TC_OVFINTLVL_HI_gc;
    PMIC.CTRL = PMIC_LOLVLEN_bm | PMIC_MEDLVLEN_bm | PMIC_HILVLEN_bm;
    sei();

    nesting = true;
    start(&TCC0, 100);
    await(STEPS);

    nesting = false;
    start(&TCE0, 100);
    await(2 * STEPS);

    cli();
    printf_P(PSTR("nesting\n"));
    bool good = report(0);
    printf_P(PSTR("waiting\n"));
    good &= report(1);
    good &= PMIC.STATUS == 0 && GPIOR0 == 0;
    printf_P(good ? PSTR("order as expected\n") : PSTR("order NOT as expected\n"));

    while (!(USARTC0.STATUS & USART_TXCIF_bm))
        ;
    return good ? 0 : 1;
}
