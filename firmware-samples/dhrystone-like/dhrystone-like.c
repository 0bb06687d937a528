// A CPU-bound mix without peripherals, for measuring an emulator (or a chip): sieve, CRC-32, integer
// matrix product, software floating point, quicksort, records and strings in Dhrystone's manner, and a
// small byte-code interpreter. Each of them returns a word that goes into one printed checksum.
//
// The same source runs on
//   ATxmega128A1   prints over USARTC0, main returns             (make)
//   ATmega2560     prints over USART0, cli and sleep at the end  (make mega2560)
//   the host       prints to stdout                              (make host)
// and prints the same text on all three. One round is about ten million AVR cycles.

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#ifndef ROUNDS
#define ROUNDS 5
#endif

#define NOINLINE __attribute__((noinline))

// ---- output -------------------------------------------------------------------------------------

#if defined(__AVR_ATxmega128A1__)

#include <avr/io.h>

static void output_start(void)
{
    PORTC.OUTSET = PIN3_bm;
    PORTC.DIRSET = PIN3_bm;
    USARTC0.BAUDCTRLB = 0;
    USARTC0.BAUDCTRLA = 12; // 9615 baud at 2 MHz
    USARTC0.CTRLC = USART_CHSIZE_8BIT_gc;
    USARTC0.CTRLB = USART_TXEN_bm;
}

static void output(char c)
{
    while (!(USARTC0.STATUS & USART_DREIF_bm))
        ;
    USARTC0.DATA = (uint8_t)c;
    USARTC0.STATUS = USART_TXCIF_bm; // from here TXCIF tells about this character or a later one
}

static void output_finish(void)
{
    while (!(USARTC0.STATUS & USART_TXCIF_bm))
        ;
}

#elif defined(__AVR_ATmega2560__)

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

static void output_start(void)
{
    UCSR0A = _BV(U2X0); // 2 Mbaud at 16 MHz: simavr is slow while firmware waits for its USART
    UBRR0 = 0;
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(TXEN0);
}

static void output(char c)
{
    while (!(UCSR0A & _BV(UDRE0)))
        ;
    UDR0 = (uint8_t)c;
    UCSR0A = _BV(TXC0) | _BV(U2X0);
}

static void output_finish(void)
{
    while (!(UCSR0A & _BV(TXC0)))
        ;
    cli();
    sleep_enable();
    sleep_cpu();
}

#else

#include <stdio.h>

static void output_start(void) { }
static void output(char c) { putchar(c); }
static void output_finish(void) { }

#endif

static void output_text(const char *s)
{
    while (*s)
        output(*s++);
}

static void output_hex(uint32_t value)
{
    for (uint8_t i = 0; i < 8; i++, value <<= 4)
        output("0123456789abcdef"[value >> 28]);
}

static void output_line(const char *name, uint32_t value)
{
    output_text(name);
    output_hex(value);
    output('\n');
}

// ---- pseudo-random numbers ----------------------------------------------------------------------

static uint32_t seed;

static uint32_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

// One buffer for whichever part runs: 2 KiB of the 8 KiB SRAM
static union
{
    uint8_t bytes[2048];
    uint16_t words[1024];
    struct
    {
        int16_t a[16][16], b[16][16];
        int32_t c[16][16];
    } matrix;
} memory;

// ---- sieve of Eratosthenes ----------------------------------------------------------------------

static NOINLINE uint32_t sieve(void)
{
    uint16_t count = 0;
    uint32_t sum = 0;
    memset(memory.bytes, 1, sizeof memory.bytes);
    for (uint16_t i = 0; i < sizeof memory.bytes; i++) // i stands for the number 2i + 3
    {
        if (!memory.bytes[i])
            continue;
        uint16_t prime = (uint16_t)(i + i + 3);
        for (uint16_t k = (uint16_t)(i + prime); k < sizeof memory.bytes; k = (uint16_t)(k + prime))
            memory.bytes[k] = 0;
        count++;
        sum += prime;
    }
    return sum * 1024 + count;
}

// ---- CRC-32, bit by bit -------------------------------------------------------------------------

static NOINLINE uint32_t crc32(const uint8_t *data, uint16_t length)
{
    uint32_t crc = UINT32_C(0xFFFFFFFF);
    while (length--)
    {
        crc ^= *data++;
        for (uint8_t bit = 0; bit < 8; bit++)
            crc = crc & 1 ? (crc >> 1) ^ UINT32_C(0xEDB88320) : crc >> 1;
    }
    return ~crc;
}

static NOINLINE uint32_t checksum_of_noise(void)
{
    for (uint16_t i = 0; i < sizeof memory.bytes; i++)
        memory.bytes[i] = (uint8_t)next_random();
    return crc32(memory.bytes, sizeof memory.bytes);
}

// ---- matrix product -----------------------------------------------------------------------------

static NOINLINE uint32_t matrix_product(void)
{
    for (uint8_t i = 0; i < 16; i++)
        for (uint8_t k = 0; k < 16; k++)
        {
            uint32_t r = next_random();
            memory.matrix.a[i][k] = (int16_t)(r & 0x7FFF);
            memory.matrix.b[i][k] = (int16_t)(uint16_t)(r >> 16);
        }
    for (uint8_t i = 0; i < 16; i++)
        for (uint8_t k = 0; k < 16; k++)
        {
            int32_t sum = 0;
            for (uint8_t j = 0; j < 16; j++)
                sum += ((int32_t)memory.matrix.a[i][j] * memory.matrix.b[j][k]) >> 8;
            memory.matrix.c[i][k] = sum;
        }
    uint32_t fold = 0;
    for (uint8_t i = 0; i < 16; i++)
        for (uint8_t k = 0; k < 16; k++)
            fold = (fold << 3 | fold >> 29) ^ (uint32_t)memory.matrix.c[i][k];
    return fold;
}

// ---- software floating point --------------------------------------------------------------------

static uint32_t bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

// Escape times of the Mandelbrot set on a 12 by 12 grid, and Newton's square root: + - * / only,
// which are exactly rounded everywhere
static NOINLINE uint32_t floating(void)
{
    uint32_t fold = 0;
    for (int8_t row = -6; row < 6; row++)
        for (int8_t column = -9; column < 3; column++)
        {
            float cx = (float)column * 0.25f, cy = (float)row * 0.2f, x = 0, y = 0;
            uint8_t n = 0;
            while (n < 16 && x * x + y * y < 4.0f)
            {
                float next = x * x - y * y + cx;
                y = 2.0f * x * y + cy;
                x = next;
                n++;
            }
            fold = (fold << 1 | fold >> 31) + n;
        }
    for (uint8_t i = 2; i < 66; i++)
    {
        float root = (float)i;
        for (uint8_t step = 0; step < 6; step++)
            root = 0.5f * (root + (float)i / root);
        fold = (fold << 5 | fold >> 27) ^ bits(root);
    }
    return fold;
}

// ---- quicksort ----------------------------------------------------------------------------------

static NOINLINE void quicksort(uint16_t *first, uint16_t *last)
{
    while (first < last)
    {
        uint16_t pivot = first[(last - first) / 2];
        uint16_t *low = first, *high = last;
        while (low <= high)
        {
            while (*low < pivot)
                low++;
            while (pivot < *high)
                high--;
            if (low <= high)
            {
                uint16_t swap = *low;
                *low++ = *high;
                *high-- = swap;
            }
        }
        if (high - first < last - low) // the shorter part by recursion: the stack stays small
        {
            quicksort(first, high);
            first = low;
        }
        else
        {
            quicksort(low, last);
            last = high;
        }
    }
}

static NOINLINE uint32_t sorting(void)
{
    for (uint16_t i = 0; i < 1024; i++)
        memory.words[i] = (uint16_t)next_random();
    quicksort(memory.words, memory.words + 1023);
    uint32_t fold = 0;
    for (uint16_t i = 0; i < 1024; i++)
        fold = fold * 31 + memory.words[i];
    return fold;
}

// ---- records and strings ------------------------------------------------------------------------

typedef enum { RED, GREEN, BLUE, COLOURS } Colour;

typedef struct Record
{
    struct Record *next;
    Colour colour;
    int16_t number;
    char name[24];
} Record;

static Record records[8];

static NOINLINE Colour mixed(Colour a, Colour b)
{
    if (a == b)
        return a;
    return (Colour)(COLOURS - a - b);
}

static NOINLINE void renamed(Record *r, int16_t number)
{
    char digits[6];
    uint8_t n = 0;
    r->number = number;
    strcpy(r->name, "RECORD, NUMBER ");
    do
        digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    char *end = r->name + strlen(r->name);
    while (n)
        *end++ = digits[--n];
    *end = 0;
}

static NOINLINE uint32_t strings(void)
{
    uint32_t fold = 0;
    for (uint8_t i = 0; i < 8; i++)
    {
        records[i].next = &records[(i + 1) & 7];
        records[i].colour = (Colour)(i % COLOURS);
    }
    Record *r = records;
    for (int16_t i = 0; i < 700; i++)
    {
        Record copy = *r;
        renamed(&copy, (int16_t)(i * 41));
        copy.colour = mixed(copy.colour, r->next->colour);
        int order = strcmp(copy.name, r->next->name);
        fold = fold * 7 + (uint32_t)copy.colour + (order < 0 ? 1 : order > 0 ? 2 : 3);
        *r = copy;
        r = r->next;
    }
    for (uint8_t i = 0; i < 8; i++)
        fold ^= crc32((const uint8_t *)records[i].name, (uint16_t)strlen(records[i].name));
    return fold;
}

// ---- a byte-code interpreter --------------------------------------------------------------------

enum { PUSH, LOAD, STORE, ADD, HALF, TRIPLE, ODD, EQUAL, JUMP, JUMP_IF, HALT };

// Collatz: how many steps all chains from 1 up to v2 take together.
// v0 = n, v1 = steps, v2 = start of the chain
static const uint8_t collatz[] = {
    LOAD, 2, STORE, 0,               //  0  chain: n = start
    LOAD, 0, PUSH, 1, EQUAL,         //  4  step: if n == 1
    JUMP_IF, 35,                     //  9      go to next
    LOAD, 1, PUSH, 1, ADD, STORE, 1, // 11  steps++
    LOAD, 0, ODD, JUMP_IF, 28,       // 18  if n is even
    LOAD, 0, HALF, JUMP, 31,         // 23      n = n / 2
    LOAD, 0, TRIPLE,                 // 28  else n = 3n + 1
    STORE, 0, JUMP, 4,               // 31
    LOAD, 2, PUSH, 1, EQUAL,         // 35  next: if start == 1
    JUMP_IF, 51,                     // 40      halt
    LOAD, 2, PUSH, 0xFF, ADD,        // 42  start = start - 1 (modulo 256)
    STORE, 2, JUMP, 0,               // 47
    HALT,                            // 51
};

static NOINLINE uint32_t interpreter(uint8_t limit)
{
    uint32_t stack[8], variable[4] = { 0, 0, limit, 0 };
    uint32_t *top = stack; // the next free place
    uint32_t executed = 0;
    for (const uint8_t *pc = collatz;; executed++)
    {
        switch (*pc++)
        {
        case PUSH: *top++ = *pc++; break;
        case LOAD: *top++ = variable[*pc++]; break;
        case STORE: variable[*pc] = *pc == 2 ? (uint8_t)*--top : *--top; pc++; break;
        case ADD: top--; top[-1] += top[0]; break;
        case HALF: top[-1] >>= 1; break;
        case TRIPLE: top[-1] = 3 * top[-1] + 1; break;
        case ODD: top[-1] &= 1; break;
        case EQUAL: top--; top[-1] = top[-1] == top[0]; break;
        case JUMP: pc = collatz + *pc; break;
        case JUMP_IF: pc = *--top ? collatz + *pc : pc + 1; break;
        case HALT: return executed << 16 ^ variable[1];
        }
    }
}

// ---- the mix ------------------------------------------------------------------------------------

int main(void)
{
    uint32_t total = 0;
    output_start();
    seed = UINT32_C(0x2545F491);
    for (uint16_t round = 0; round < ROUNDS; round++)
    {
        for (uint8_t i = 0; i < 12; i++)
            total = (total ^ sieve()) * UINT32_C(16777619);
        total = (total ^ checksum_of_noise()) * UINT32_C(16777619);
        for (uint8_t i = 0; i < 3; i++)
            total = (total ^ matrix_product()) * UINT32_C(16777619);
        total = (total ^ floating()) * UINT32_C(16777619);
        for (uint8_t i = 0; i < 2; i++)
            total = (total ^ sorting()) * UINT32_C(16777619);
        total = (total ^ strings()) * UINT32_C(16777619);
        total = (total ^ interpreter(60)) * UINT32_C(16777619);
        output_line("round checksum ", total);
    }
    output_line("checksum       ", total);
    output_finish();
    return 0;
}
