// stdio over USARTC0 (TXD on PC3), 115200 baud, 8 data bits, no parity, 1 stop bit; for the pairs of
// samples that do one job by interrupt and by event.

#ifndef CONSOLE_H
#define CONSOLE_H

#include <avr/io.h>
#include <avr/pgmspace.h>
#include <inttypes.h>
#include <stdio.h>

static int console_put(char c, FILE *stream)
{
    (void)stream;
    while (!(USARTC0.STATUS & USART_DREIF_bm))
        ;
    USARTC0.DATA = (uint8_t)c;
    USARTC0.STATUS = USART_TXCIF_bm; // from here TXCIF tells about this character or a later one
    return 0;
}

static FILE console = FDEV_SETUP_STREAM(console_put, NULL, _FDEV_SETUP_WRITE);

// The baud rate is f_PER / (16 * (BSEL * 2^BSCALE + 1)) for a negative BSCALE.
static inline void console_start(uint16_t bsel, int8_t bscale)
{
    PORTC.OUTSET = PIN3_bm; // idle level, before the pin becomes an output
    PORTC.DIRSET = PIN3_bm;
    USARTC0.BAUDCTRLB = (uint8_t)((uint8_t)bscale << USART_BSCALE_gp) | (uint8_t)(bsel >> 8);
    USARTC0.BAUDCTRLA = (uint8_t)bsel;
    USARTC0.CTRLC = USART_CMODE_ASYNCHRONOUS_gc | USART_PMODE_DISABLED_gc | USART_CHSIZE_8BIT_gc;
    USARTC0.CTRLB = USART_TXEN_bm;
    stdout = &console;
}

// 115108 baud at 2 MHz, 0.08 % slow
static inline void console_start_2MHz(void)
{
    console_start(11, -7);
}

// 115212 baud at 32 MHz, 0.01 % fast
static inline void console_start_32MHz(void)
{
    console_start(1047, -6);
}

// Returns when the last stop bit is out. Something must have been printed.
static inline void console_drain(void)
{
    while (!(USARTC0.STATUS & USART_TXCIF_bm))
        ;
}

// From the 2 MHz oscillator of the reset to the 32 MHz one.
static inline void clock_32MHz(void)
{
    OSC.CTRL |= OSC_RC32MEN_bm;
    while (!(OSC.STATUS & OSC_RC32MRDY_bm))
        ;
    _PROTECTED_WRITE(CLK.CTRL, CLK_SCLKSEL_RC32M_gc);
}

#endif
