// Jump tables, binary decision trees, fall through, state machines, Duff's device, computed goto
#include "conformance.h"

static NOINLINE uint32_t dense(uint8_t n)
{
    switch (n)
    {
    case 0: return random32();
    case 1: return 0x11;
    case 2: return folded;
    case 3: return 0x3333;
    case 4: return n * 1000u;
    case 5: return UINT32_C(0x55555555);
    case 6: return count;
    case 7: return 7;
    case 8: return UINT32_C(0x88888888) ^ n;
    case 9: return 99;
    case 10: return random32() >> 10;
    case 11: return 1111;
    case 12: return count * 12;
    case 13: return 13;
    case 14: return folded >> 14;
    case 15: return 0xF;
    default: return UINT32_C(0xDEFA0000) | n;
    }
}

static NOINLINE uint16_t offset(int16_t n)
{
    switch (n)
    {
    case -5: return 1;
    case -4: return 22;
    case -3: return 333;
    case -2: return 4444;
    case -1: return 55;
    case 0: return 66;
    case 1: return 777;
    case 2: return 8888;
    case 3: return 9;
    case 4: return 1010;
    default: return n < 0 ? 0xFFFF : 0xEEEE;
    }
}

static NOINLINE uint8_t sparse(uint32_t n)
{
    switch (n)
    {
    case 0: return 1;
    case 17: return 2;
    case 256: return 3;
    case 1000: return 4;
    case 65535: return 5;
    case 65536: return 6;
    case UINT32_C(1000000): return 7;
    case UINT32_C(0x7FFFFFFF): return 8;
    case UINT32_C(0x80000000): return 9;
    case UINT32_C(0xFFFFFFFF): return 10;
    default: return 0;
    }
}

static NOINLINE uint8_t fall(uint8_t n)
{
    uint8_t r = 0;
    switch (n)
    {
    case 6: r = (uint8_t)(r + 1); // falls through
    case 5: r = (uint8_t)(r * 3 + 1); // falls through
    case 4: r = (uint8_t)(r ^ 0x55); // falls through
    case 3: r = (uint8_t)(r + n); break;
    case 2: r = 200; // falls through
    case 1: r = (uint8_t)(r + 9); break;
    case 0: r = 77;
    }
    return r;
}

// Recognises integers, reals and words in a text, a character at a time
static NOINLINE uint32_t scanner(const char *s)
{
    enum { START, SIGN, INTEGER, POINT, FRACTION, WORD, ERROR } state = START;
    uint16_t seen[7] = { 0 };
    for (; *s; s++)
    {
        char c = *s;
        uint8_t kind = c >= '0' && c <= '9' ? 0 : c == '.' ? 1 : c == '-' ? 2 : c == ' ' ? 3 : 4;
        switch (state)
        {
        case START:
            switch (kind)
            {
            case 0: state = INTEGER; break;
            case 1: state = POINT; break;
            case 2: state = SIGN; break;
            case 3: break;
            default: state = WORD; break;
            }
            break;
        case SIGN: state = kind == 0 ? INTEGER : kind == 1 ? POINT : ERROR; break;
        case INTEGER:
            switch (kind)
            {
            case 0: break;
            case 1: state = FRACTION; break;
            case 3: seen[INTEGER]++; state = START; break;
            default: state = ERROR; break;
            }
            break;
        case POINT: state = kind == 0 ? FRACTION : ERROR; break;
        case FRACTION:
            switch (kind)
            {
            case 0: break;
            case 3: seen[FRACTION]++; state = START; break;
            default: state = ERROR; break;
            }
            break;
        case WORD:
            if (kind == 3)
            {
                seen[WORD]++;
                state = START;
            }
            break;
        case ERROR:
            if (kind == 3)
            {
                seen[ERROR]++;
                state = START;
            }
            break;
        }
    }
    return (uint32_t)seen[INTEGER] << 24 | (uint32_t)seen[FRACTION] << 16 | (uint32_t)seen[WORD] << 8 | seen[ERROR];
}

static NOINLINE void duff(uint8_t *to, const uint8_t *from, uint8_t n)
{
    if (n == 0)
        return;
    uint8_t turns = (uint8_t)((n + 7) / 8);
    switch (n % 8)
    {
        do
        {
    case 0: *to++ = *from++; // falls through
    case 7: *to++ = *from++; // falls through
    case 6: *to++ = *from++; // falls through
    case 5: *to++ = *from++; // falls through
    case 4: *to++ = *from++; // falls through
    case 3: *to++ = *from++; // falls through
    case 2: *to++ = *from++; // falls through
    case 1: *to++ = *from++;
        } while (--turns);
    }
}

static NOINLINE uint32_t threaded(const uint8_t *code)
{
    static const void *const labels[] = { &&add, &&twice, &&invert, &&rotate, &&stop };
    uint32_t x = 1;
    goto *labels[*code++];
add:
    x += *code++;
    goto *labels[*code++];
twice:
    x *= 2;
    goto *labels[*code++];
invert:
    x = ~x;
    goto *labels[*code++];
rotate:
    x = x << 5 | x >> 27;
    goto *labels[*code++];
stop:
    return x;
}

static uint32_t op_add(uint32_t a, uint32_t b) { return a + b; }
static uint32_t op_subtract(uint32_t a, uint32_t b) { return a - b; }
static uint32_t op_multiply(uint32_t a, uint32_t b) { return a * b; }
static uint32_t op_xor(uint32_t a, uint32_t b) { return a ^ b; }
static uint32_t (*const operations[])(uint32_t, uint32_t) = { op_add, op_subtract, op_multiply, op_xor };

int main(void)
{
    begin("switch");
    for (uint16_t i = 0; i < 256; i++)
        fold32(dense((uint8_t)i));
    mark("dense");
    for (int16_t i = -20; i < 20; i++)
        fold32(offset(i));
    fold32(offset(INT16_MIN));
    fold32(offset(INT16_MAX));
    mark("offset");
    static const uint32_t keys[] = { 0, 1, 17, 18, 255, 256, 1000, 65535, 65536, UINT32_C(1000000),
        UINT32_C(0x7FFFFFFF), UINT32_C(0x80000000), UINT32_C(0xFFFFFFFE), UINT32_C(0xFFFFFFFF) };
    for (uint8_t i = 0; i < sizeof keys / sizeof *keys; i++)
        line32("sparse", sparse(keys[i]));
    for (uint8_t i = 0; i < 10; i++)
        line32("fall", fall(i));
    line32("scanner", scanner("12 -7 3.14 -.5 hello w0rld 1x -- 99 .  1.2.3 5. x "));
    for (uint8_t n = 0; n < 40; n++)
    {
        uint8_t from[40], to[40];
        for (uint8_t i = 0; i < 40; i++)
        {
            from[i] = (uint8_t)random32();
            to[i] = i;
        }
        duff(to, from, n);
        for (uint8_t i = 0; i < 40; i++)
            fold8(to[i]);
    }
    mark("duff");
    static const uint8_t code[] = { 0, 200, 1, 2, 3, 0, 17, 1, 1, 3, 2, 0, 255, 3, 4 };
    line32("threaded", threaded(code));
    uint32_t x = random32();
    for (uint16_t i = 0; i < 200; i++)
    {
        uint32_t r = random32();
        x = operations[r >> 30](x, r);
        fold32(x);
    }
    line32("operations", x);
    return finish();
}
