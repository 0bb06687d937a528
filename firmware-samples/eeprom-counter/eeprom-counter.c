// Counts its own runs in EEPROM: avr-libc's eeprom functions, a counter that survives power cuts because two
// copies take turns and the one with a good check byte and the higher count is valid.

#include "../console.h"
#include <avr/eeprom.h>

struct counter {
    uint32_t runs;
    uint8_t check; // complement of the sum of the bytes before
};

// A page of EEPROM each, so that writing one never touches the other.
union slot {
    struct counter counter;
    uint8_t page[EEPROM_PAGE_SIZE];
};
static union slot copies[2] EEMEM;

static uint8_t check(const struct counter *c)
{
    return (uint8_t)~((uint8_t)c->runs + (uint8_t)(c->runs >> 8) + (uint8_t)(c->runs >> 16) + (uint8_t)(c->runs >> 24));
}

int main(void)
{
    console_start_2MHz();
    struct counter best = {0, 0};
    uint8_t oldest = 0;
    for (uint8_t i = 0; i < 2; i++) {
        struct counter c;
        eeprom_read_block(&c, &copies[i].counter, sizeof c);
        if (c.check == check(&c) && c.runs > best.runs) {
            best = c;
            oldest = !i;
        }
    }
    best.runs++;
    best.check = check(&best);
    eeprom_update_block(&best, &copies[oldest].counter, sizeof best);
    eeprom_busy_wait();
    printf("run %" PRIu32 "\n", best.runs);
    console_drain();
    return 0;
}
