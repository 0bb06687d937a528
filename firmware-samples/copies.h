// The job of the pair cpu-memcpy and dma-memcpy: 32 copies of 256 bytes within SRAM, each marked on PD0.

#ifndef COPIES_H
#define COPIES_H

#include "console.h"
#include <string.h>

#define COPY_BYTES 256
#define COPIES 32

static uint8_t source[COPY_BYTES], target[COPY_BYTES];

static void copy(void); // the source to the target, done when it returns

// Returns the number of copies that are not what they should be.
static inline uint8_t make_copies(void)
{
    uint8_t wrong = 0;

    PORTD.DIRSET = PIN0_bm;
    for (uint8_t n = 0; n < COPIES; n++) {
        for (uint16_t i = 0; i < COPY_BYTES; i++)
            source[i] = (uint8_t)(i * 7 + n);
        PORTD.OUTSET = PIN0_bm;
        copy();
        PORTD.OUTCLR = PIN0_bm;
        if (memcmp(source, target, COPY_BYTES))
            wrong++;
    }
    printf_P(PSTR("%u copies of %u bytes, %u wrong\n"), COPIES, COPY_BYTES, wrong);
    return wrong;
}

#endif
