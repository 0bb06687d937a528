// Output for the conformance programs. One program, one text, on three machines:
//
//   ATxmega128A1   USARTC0, 2 MHz / 8 = 250 kbaud (the highest rate after reset), main returns
//   ATmega2560     USART0, for simavr, ends with cli and sleep
//   the host       stdout
//
// A program includes this file once, calls begin, reports values, and returns finish().
// No line is longer than 100 characters: simavr's terminal breaks longer ones.

#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))
#define UNUSED __attribute__((unused))

#if defined(__AVR_ATxmega128A1__)

#include <avr/io.h>

static void put_start(void)
{
    PORTC.OUTSET = PIN3_bm;
    PORTC.DIRSET = PIN3_bm;
    USARTC0.BAUDCTRLB = 0;
    USARTC0.BAUDCTRLA = 0;
    USARTC0.CTRLC = USART_CHSIZE_8BIT_gc;
    USARTC0.CTRLB = USART_TXEN_bm | USART_CLK2X_bm;
}

static void put_char(char c)
{
    while (!(USARTC0.STATUS & USART_DREIF_bm))
        ;
    USARTC0.DATA = (uint8_t)c;
    USARTC0.STATUS = USART_TXCIF_bm; // from here TXCIF tells about this character or a later one
}

static void put_finish(void)
{
    while (!(USARTC0.STATUS & USART_TXCIF_bm))
        ;
}

#elif defined(__AVR_ATmega2560__)

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

static void put_start(void)
{
    UCSR0A = _BV(U2X0);
    UBRR0 = 0;
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(TXEN0);
}

static void put_char(char c)
{
    while (!(UCSR0A & _BV(UDRE0)))
        ;
    UDR0 = (uint8_t)c;
    UCSR0A = _BV(TXC0) | _BV(U2X0);
}

static void put_finish(void)
{
    while (!(UCSR0A & _BV(TXC0)))
        ;
    cli();
    sleep_enable();
    sleep_cpu();
}

#else

#include <stdio.h>

static void put_start(void) { }
static void put_char(char c) { putchar(c); }
static void put_finish(void) { }

#endif

// ---- text ---------------------------------------------------------------------------------------

static UNUSED void put_text(const char *s)
{
    while (*s)
        put_char(*s++);
}

static UNUSED void put_hex(uint64_t value, uint8_t digits)
{
    while (digits--)
    {
        uint8_t nibble = (uint8_t)(value >> (4 * digits)) & 15;
        put_char((char)(nibble < 10 ? '0' + nibble : 'a' + nibble - 10));
    }
}

// ---- values: a fold over all of them, and lines for some ----------------------------------------

#define FOLD_START UINT32_C(2166136261) // FNV-1a, a byte at a time
static uint32_t folded = FOLD_START;    // since the last mark
static uint32_t groups;                 // what was folded up to the last mark
static uint32_t count;

static UNUSED NOINLINE void fold8(uint8_t value)
{
    folded = (folded ^ value) * UINT32_C(16777619);
}

static UNUSED NOINLINE void fold32(uint32_t value)
{
    for (uint8_t i = 0; i < 4; i++, value >>= 8)
        fold8((uint8_t)value);
    count++;
}

static UNUSED NOINLINE void fold64(uint64_t value)
{
    fold32((uint32_t)value);
    fold32((uint32_t)(value >> 32));
    count--;
}

static UNUSED NOINLINE void fold_text(const char *s)
{
    while (*s)
        fold8((uint8_t)*s++);
    count++;
}

static UNUSED NOINLINE void line32(const char *name, uint32_t value)
{
    put_text(name);
    put_char(' ');
    put_hex(value, 8);
    put_char('\n');
    fold32(value);
}

static UNUSED NOINLINE void line64(const char *name, uint64_t value)
{
    put_text(name);
    put_char(' ');
    put_hex(value, 16);
    put_char('\n');
    fold64(value);
}

static UNUSED NOINLINE void line_text(const char *name, const char *value)
{
    put_text(name);
    put_char(' ');
    put_char('[');
    put_text(value);
    put_text("]\n");
    fold_text(value);
}

// Ends a group of values: its own fold on a line, so that a difference shows where it began
static UNUSED NOINLINE void mark(const char *group)
{
    put_text(group);
    put_text(" fold ");
    put_hex(folded, 8);
    put_char('\n');
    groups = groups * 31 + folded;
    folded = FOLD_START;
}

// ---- inputs that the compiler cannot know -------------------------------------------------------

static volatile uint32_t entropy = UINT32_C(0x9E3779B9);

static UNUSED NOINLINE uint32_t random32(void)
{
    uint32_t x = entropy;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    entropy = x;
    return x;
}

static UNUSED NOINLINE uint64_t random64(void)
{
    uint64_t high = random32();
    return high << 32 | random32();
}

// ---- frame --------------------------------------------------------------------------------------

static UNUSED void begin(const char *name)
{
    put_start();
    put_text(name);
    put_char('\n');
}

static UNUSED int finish(void)
{
    put_text("values ");
    put_hex(count, 8);
    put_text(" fold ");
    put_hex(groups * 31 + folded, 8);
    put_text("\nend\n");
    put_finish();
    return 0;
}

#endif
