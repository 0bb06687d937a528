// AES-128 of 16 blocks by the AES module and by software, in cycles. Both must give the same cipher text, the
// first block that of FIPS-197 C.1.

#include "../console.h"
#include <string.h>

#define BLOCKS 16

static const uint8_t fips_key[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t fips_cipher[16] = {0x69, 0xC4, 0xE0, 0xD8, 0x6A, 0x7B, 0x04, 0x30, 0xD8, 0xCD, 0xB7, 0x80, 0x70, 0xB4, 0xC5, 0x5A};

static uint8_t sbox[256];

// TCC0 counts cycles, TCC1 its overflows, by event: 32 bits.
static void stopwatch_start(void)
{
    EVSYS.CH0MUX = EVSYS_CHMUX_TCC0_OVF_gc;
    TCC0.CNT = 0;
    TCC1.CNT = 0;
    TCC1.CTRLA = TC_CLKSEL_EVCH0_gc;
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;
}

static uint32_t stopwatch_stop(void)
{
    TCC0.CTRLA = TC_CLKSEL_OFF_gc;
    return (uint32_t)TCC1.CNT << 16 | TCC0.CNT;
}

static uint8_t twice(uint8_t x)
{
    return (uint8_t)(x << 1) ^ (x & 0x80 ? 0x1B : 0);
}

// The table by its definition: powers of the generator 3 and of its inverse, and an affine map.
static void make_sbox(void)
{
    uint8_t p = 1, q = 1;
    do {
        p ^= twice(p);
        q ^= q << 1;
        q ^= q << 2;
        q ^= q << 4;
        if (q & 0x80)
            q ^= 0x09;
        uint8_t x = q ^ (uint8_t)(q << 1 | q >> 7) ^ (uint8_t)(q << 2 | q >> 6) ^ (uint8_t)(q << 3 | q >> 5) ^ (uint8_t)(q << 4 | q >> 4);
        sbox[p] = x ^ 0x63;
    } while (p != 1);
    sbox[0] = 0x63;
}

static void encrypt_by_software(uint8_t *state, const uint8_t *key)
{
    uint8_t k[16], t[16], constant = 1;
    memcpy(k, key, 16);
    for (uint8_t i = 0; i < 16; i++)
        state[i] ^= k[i];
    for (uint8_t round = 1; round <= 10; round++) {
        for (uint8_t i = 0; i < 16; i++) // SubBytes and ShiftRows
            t[i] = sbox[state[(i + 4 * (i & 3)) & 15]];
        if (round < 10) {
            for (uint8_t c = 0; c < 16; c += 4) { // MixColumns
                uint8_t all = t[c] ^ t[c + 1] ^ t[c + 2] ^ t[c + 3], first = t[c];
                for (uint8_t r = 0; r < 4; r++)
                    state[c + r] = t[c + r] ^ all ^ twice(t[c + r] ^ (r < 3 ? t[c + r + 1] : first));
            }
        } else {
            memcpy(state, t, 16);
        }
        for (uint8_t i = 0; i < 4; i++)
            k[i] ^= sbox[k[12 + ((i + 1) & 3)]];
        k[0] ^= constant;
        constant = twice(constant);
        for (uint8_t i = 4; i < 16; i++)
            k[i] ^= k[i - 4];
        for (uint8_t i = 0; i < 16; i++)
            state[i] ^= k[i];
    }
}

static void encrypt_by_module(uint8_t *state, const uint8_t *key)
{
    for (uint8_t i = 0; i < 16; i++)
        AES.KEY = key[i];
    for (uint8_t i = 0; i < 16; i++)
        AES.STATE = state[i];
    AES.CTRL = AES_START_bm;
    while (!(AES.STATUS & (AES_SRIF_bm | AES_ERROR_bm)))
        ;
    for (uint8_t i = 0; i < 16; i++)
        state[i] = AES.STATE;
}

static uint8_t hardware[BLOCKS][16], software[BLOCKS][16];

int main(void)
{
    clock_32MHz();
    console_start_32MHz();
    make_sbox();
    for (uint8_t b = 0; b < BLOCKS; b++)
        for (uint8_t i = 0; i < 16; i++)
            hardware[b][i] = software[b][i] = (uint8_t)(0x11 * i + b);

    stopwatch_start();
    for (uint8_t b = 0; b < BLOCKS; b++)
        encrypt_by_module(hardware[b], fips_key);
    uint32_t fast = stopwatch_stop();

    stopwatch_start();
    for (uint8_t b = 0; b < BLOCKS; b++)
        encrypt_by_software(software[b], fips_key);
    uint32_t slow = stopwatch_stop();

    uint8_t good = memcmp(hardware[0], fips_cipher, 16) == 0 && memcmp(hardware, software, sizeof hardware) == 0;
    printf("module    %6" PRIu32 " cycles a block, %5" PRIu32 " KiB/s at 32 MHz\n", fast / BLOCKS, 32000000 / (fast / BLOCKS) * 16 / 1024);
    printf("software  %6" PRIu32 " cycles a block, %5" PRIu32 " KiB/s\n", slow / BLOCKS, 32000000 / (slow / BLOCKS) * 16 / 1024);
    printf("%" PRIu32 " times as fast, cipher texts %s\n", slow / fast, good ? "agree with FIPS-197 and each other" : "WRONG");
    console_drain();
    return !good;
}
