// Copies within SRAM by a DMA channel while the CPU sleeps (cpu-memcpy does it with memcpy), then measures what a
// DMA copy costs by source, destination and burst length, and how much it slows a loop of the CPU down.

#include "../copies.h"
#include <avr/interrupt.h>
#include <avr/sleep.h>
#include <util/delay_basic.h>

enum place { SRAM, IO, EEPROM };

static const char place_names[][7] PROGMEM = { "SRAM", "I/O", "EEPROM" };

static volatile uint16_t end;
static volatile uint8_t done;

ISR(DMA_CH0_vect)
{
    end = TCC0.CNT;
    DMA.CH0.CTRLB |= DMA_CH_TRNIF_bm; // clears it, and keeps the level
    done = 1;
}

static void set_addresses(const volatile void *from, const volatile void *to)
{
    DMA.CH0.SRCADDR0 = (uint8_t)(uintptr_t)from;
    DMA.CH0.SRCADDR1 = (uint8_t)((uintptr_t)from >> 8);
    DMA.CH0.SRCADDR2 = 0;
    DMA.CH0.DESTADDR0 = (uint8_t)(uintptr_t)to;
    DMA.CH0.DESTADDR1 = (uint8_t)((uintptr_t)to >> 8);
    DMA.CH0.DESTADDR2 = 0;
}

// Starts the channel and waits until its block is complete: asleep, or, since EEPROM is off in sleep, in a loop that
// touches no memory.
static void transfer(uint16_t bytes, uint8_t burst, uint8_t asleep)
{
    DMA.CH0.TRFCNT = bytes;
    DMA.CH0.CTRLB = DMA_CH_TRNINTLVL_LO_gc;
    done = 0;
    TCC0.CNT = 0;
    DMA.CH0.CTRLA = DMA_CH_ENABLE_bm | DMA_CH_TRFREQ_bm | burst;
    if (!asleep)
        _delay_loop_2(250);
    cli();
    while (!done) {
        sei();
        sleep_cpu();
        cli();
    }
    sei();
}

static void copy(void)
{
    DMA.CH0.ADDRCTRL = DMA_CH_SRCDIR_INC_gc | DMA_CH_DESTDIR_INC_gc;
    set_addresses(source, target);
    transfer(COPY_BYTES, DMA_CH_BURSTLEN_8BYTE_gc, 1);
}

// SRAM and EEPROM are walked through, I/O is one register.
static void select(enum place from, enum place to)
{
    DMA.CH0.ADDRCTRL = (from == IO ? 0 : DMA_CH_SRCDIR_INC_gc | DMA_CH_SRCRELOAD_BLOCK_gc)
        | (to == IO ? 0 : DMA_CH_DESTDIR_INC_gc | DMA_CH_DESTRELOAD_BLOCK_gc);
    set_addresses(from == IO ? (const volatile void *)&GPIOR0 : from == EEPROM ? (const volatile void *)0x1000 : source,
        to == IO ? (volatile void *)&GPIOR1 : target);
}

// Cycles for 64 bytes more: what starts and ends a transfer falls out.
static uint16_t cost(uint8_t burst, uint8_t asleep)
{
    transfer(64, burst, asleep);
    uint16_t less = end;
    transfer(128, burst, asleep);
    return end - less;
}

// 200 times through a loop with, or without, a load from SRAM: cycles.
static uint16_t loop(uint8_t loads)
{
    uint8_t n = 200;
    uint16_t cycles;

    cli();
    TCC0.CNT = 0;
    if (loads)
        asm volatile("1: ld __tmp_reg__, %a1\n\tdec %0\n\tbrne 1b" : "+r"(n) : "e"(target));
    else
        asm volatile("1: nop\n\tnop\n\tdec %0\n\tbrne 1b" : "+r"(n));
    cycles = TCC0.CNT;
    sei();
    return cycles;
}

// The same beside a channel that transfers without a pause; how much longer, in percent.
static uint16_t slower(uint8_t loads, uint8_t burst)
{
    uint16_t alone = loop(loads), beside;

    DMA.CH0.TRFCNT = 128;
    DMA.CH0.REPCNT = 255;
    DMA.CH0.CTRLB = 0;
    DMA.CH0.CTRLA = DMA_CH_ENABLE_bm | DMA_CH_REPEAT_bm | DMA_CH_TRFREQ_bm | burst;
    beside = loop(loads);
    DMA.CH0.CTRLA = 0;
    while (DMA.CH0.CTRLA & DMA_CH_ENABLE_bm)
        ;
    DMA.CH0.CTRLB = DMA_CH_ERRIF_bm | DMA_CH_TRNIF_bm;
    return (uint16_t)(((uint32_t)(beside - alone) * 100 + alone / 2) / alone);
}

static void measure(enum place from, enum place to)
{
    for (uint8_t burst = 0; burst < 4; burst++) {
        select(from, to);
        uint16_t cycles = cost(burst, from != EEPROM);
        select(from, to);
        uint16_t with_loads = slower(1, burst);
        select(from, to);
        uint16_t without = slower(0, burst);
        printf_P(PSTR("%-6S -> %-4S  %5u  %7u  %4u.%02u  %8u %%  %8u %%\n"), place_names[from], place_names[to], 1 << burst, cycles,
            cycles / 64, cycles % 64 * 100 / 64, with_loads, without);
    }
}

int main(void)
{
    console_start_2MHz();
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;
    DMA.CTRL = DMA_ENABLE_bm;
    NVM.CTRLB = NVM_EEMAPEN_bm;
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    set_sleep_mode(SLEEP_MODE_IDLE);
    sleep_enable();
    sei();

    uint8_t wrong = make_copies();
    console_drain();
    printf_P(PSTR("\n                      cycles for         CPU loop slower\n"
                  "from      to    burst  64 bytes  a byte  with loads   without\n"));
    measure(SRAM, SRAM);
    measure(SRAM, IO);
    measure(IO, SRAM);
    measure(IO, IO);
    measure(EEPROM, SRAM);
    measure(EEPROM, IO);
    console_drain();
    return wrong;
}
