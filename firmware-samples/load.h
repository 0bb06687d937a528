// What else a chip has to do while a sample is measured; the same in both variants of a pair.

#ifndef LOAD_H
#define LOAD_H

#include <avr/interrupt.h>
#include <avr/io.h>
#include <stdint.h>

static volatile uint8_t load_buffer[16];
static volatile uint16_t load_sum;

// An interrupt that has nothing to do with the job and lasts some 290 cycles, at the low level.
// Others of that level wait until it is done.
ISR(TCD0_OVF_vect)
{
    uint16_t sum = load_sum;
    for (uint8_t i = 0; i < sizeof load_buffer; i++)
        sum = (uint16_t)(sum << 1) ^ load_buffer[i];
    load_sum = sum;
}

// It comes every `period` clk_PER cycles.
static inline void load_start(uint16_t period)
{
    TCD0.PER = period - 1;
    TCD0.INTCTRLA = TC_OVFINTLVL_LO_gc;
    TCD0.CTRLA = TC_CLKSEL_DIV1_gc;
}

static inline void load_stop(void)
{
    TCD0.CTRLA = TC_CLKSEL_OFF_gc;
    TCD0.INTCTRLA = TC_OVFINTLVL_OFF_gc;
}

static __attribute__((noinline)) uint16_t load_call(uint16_t a, uint16_t b)
{
    return a * b;
}

// A piece of background work, some 60 to 270 cycles, of instructions that take 1 to 5 cycles each: an interrupt
// waits for the end of the one that is being executed.
static __attribute__((noinline, unused)) void load_work(void)
{
    static uint16_t x = 1;
    x = load_call(x, 25173) + 13849;
    load_buffer[x & 15] = (uint8_t)(x >> 8);
    if (x & 0x100)
        x ^= (uint16_t)(x / 7);
}

#endif
