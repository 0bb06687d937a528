// Division and remainder at 8, 16, 32 and 64 bits, signed and unsigned, with edge operands
#include "conformance.h"
#include <stdlib.h>

static const uint64_t edges[] = {
    0, 1, 2, 3, 7, 10, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000,
    UINT64_C(0x7FFFFFFF), UINT64_C(0x80000000), UINT64_C(0xFFFFFFFF), UINT64_C(0x100000000),
    UINT64_C(0x7FFFFFFFFFFFFFFF), UINT64_C(0x8000000000000000), UINT64_C(0xFFFFFFFFFFFFFFFF),
};
#define EDGES (sizeof edges / sizeof *edges)

static NOINLINE void unsigned_at(uint64_t x, uint64_t y)
{
    if ((uint8_t)y)
    {
        fold8((uint8_t)((uint8_t)x / (uint8_t)y));
        fold8((uint8_t)((uint8_t)x % (uint8_t)y));
    }
    if ((uint16_t)y)
    {
        fold32((uint16_t)((uint16_t)x / (uint16_t)y));
        fold32((uint16_t)((uint16_t)x % (uint16_t)y));
    }
    if ((uint32_t)y)
    {
        fold32((uint32_t)x / (uint32_t)y);
        fold32((uint32_t)x % (uint32_t)y);
    }
    if (y)
    {
        fold64(x / y);
        fold64(x % y);
    }
}

// The quotient of the smallest number and -1 does not fit: undefined in C, so left out
static NOINLINE void signed_at(uint64_t x, uint64_t y)
{
    if ((uint8_t)y && !((uint8_t)x == 0x80 && (uint8_t)y == 0xFF))
    {
        fold8((uint8_t)((int8_t)x / (int8_t)y));
        fold8((uint8_t)((int8_t)x % (int8_t)y));
    }
    if ((uint16_t)y && !((uint16_t)x == 0x8000 && (uint16_t)y == 0xFFFF))
    {
        fold32((uint16_t)((int16_t)x / (int16_t)y));
        fold32((uint16_t)((int16_t)x % (int16_t)y));
    }
    if ((uint32_t)y && !((uint32_t)x == UINT32_C(0x80000000) && (uint32_t)y == UINT32_C(0xFFFFFFFF)))
    {
        fold32((uint32_t)((int32_t)x / (int32_t)y));
        fold32((uint32_t)((int32_t)x % (int32_t)y));
    }
    if (y && !(x == UINT64_C(0x8000000000000000) && y == UINT64_C(0xFFFFFFFFFFFFFFFF)))
    {
        fold64((uint64_t)((int64_t)x / (int64_t)y));
        fold64((uint64_t)((int64_t)x % (int64_t)y));
    }
}

static NOINLINE uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b)
    {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

static NOINLINE uint64_t power_modulo(uint64_t base, uint32_t exponent, uint32_t modulus)
{
    uint64_t result = 1;
    for (base %= modulus; exponent; exponent >>= 1)
    {
        if (exponent & 1)
            result = result * base % modulus;
        base = base * base % modulus;
    }
    return result;
}

int main(void)
{
    begin("division64");
    for (uint8_t i = 0; i < EDGES; i++)
        for (uint8_t k = 0; k < EDGES; k++)
            unsigned_at(edges[i], edges[k]);
    mark("unsigned edges");
    for (uint8_t i = 0; i < EDGES; i++)
        for (uint8_t k = 0; k < EDGES; k++)
        {
            signed_at(edges[i], edges[k]);
            signed_at(edges[i], 0 - edges[k]);
            signed_at(0 - edges[i], edges[k]);
        }
    mark("signed edges");
    for (uint16_t i = 0; i < 100; i++)
    {
        uint64_t x = random64(), y = random64() >> (i & 63);
        unsigned_at(x, y);
        signed_at(x, y);
    }
    mark("random");

    uint64_t x = random64();
    line64("x", x);
    line64("x / 10", x / 10);
    line64("x % 10", x % 10);
    line64("x / 3600", x / 3600);
    line64("x / 1000000007", x / 1000000007);
    line64("-x / 7", (uint64_t)((int64_t)(0 - x) / 7));
    line64("-x % 7", (uint64_t)((int64_t)(0 - x) % 7));
    line64("-x / 16", (uint64_t)((int64_t)(0 - x) / 16));
    line64("gcd", gcd(UINT64_C(6469693230) * 1001, UINT64_C(200560490130)));
    for (uint8_t i = 0; i < 12; i++)
    {
        uint64_t base = random64(); // arguments have no order of evaluation
        line64("power", power_modulo(base, random32() & 0xFFFF, UINT32_C(4294967291)));
    }

    for (uint8_t i = 0; i < 40; i++)
    {
        uint32_t a = random32(), b = random32();
        ldiv_t d = ldiv((int32_t)a >> 1, (int32_t)(b & 0xFFFF) + 1);
        fold32((uint32_t)d.quot);
        fold32((uint32_t)d.rem);
        div_t e = div((int16_t)(b & 0x7FFF), (int16_t)((a & 0xFF) + 1));
        fold32((uint32_t)e.quot);
        fold32((uint32_t)e.rem);
    }
    mark("div ldiv");
    return finish();
}
