// Shifts and rotations by constants and variables at 8, 16, 32 and 64 bits, signed and unsigned
#include "conformance.h"

#define ROTATE(type, bits)                                                              \
    static NOINLINE type rotate_left_##bits(type x, uint8_t n)                          \
    {                                                                                   \
        n &= bits - 1;                                                                  \
        return n ? (type)((type)(x << n) | (type)(x >> (bits - n))) : x;                \
    }
ROTATE(uint8_t, 8)
ROTATE(uint16_t, 16)
ROTATE(uint32_t, 32)
ROTATE(uint64_t, 64)

static NOINLINE uint8_t left8(uint8_t x, uint8_t n) { return (uint8_t)(x << n); }
static NOINLINE uint8_t right8(uint8_t x, uint8_t n) { return (uint8_t)(x >> n); }
static NOINLINE int8_t arithmetic8(int8_t x, uint8_t n) { return (int8_t)(x >> n); }
static NOINLINE uint16_t left16(uint16_t x, uint8_t n) { return (uint16_t)((uint32_t)x << n); }
static NOINLINE uint16_t right16(uint16_t x, uint8_t n) { return (uint16_t)(x >> n); }
static NOINLINE int16_t arithmetic16(int16_t x, uint8_t n) { return (int16_t)(x >> n); }
static NOINLINE uint32_t left32(uint32_t x, uint8_t n) { return x << n; }
static NOINLINE uint32_t right32(uint32_t x, uint8_t n) { return x >> n; }
static NOINLINE int32_t arithmetic32(int32_t x, uint8_t n) { return x >> n; }
static NOINLINE uint64_t left64(uint64_t x, uint8_t n) { return x << n; }
static NOINLINE uint64_t right64(uint64_t x, uint8_t n) { return x >> n; }
static NOINLINE int64_t arithmetic64(int64_t x, uint8_t n) { return x >> n; }

static NOINLINE void variable(uint64_t x)
{
    for (uint8_t n = 0; n < 8; n++)
    {
        fold8(left8((uint8_t)x, n));
        fold8(right8((uint8_t)x, n));
        fold8((uint8_t)arithmetic8((int8_t)x, n));
        fold8(rotate_left_8((uint8_t)x, n));
    }
    for (uint8_t n = 0; n < 16; n++)
    {
        fold32(left16((uint16_t)x, n));
        fold32(right16((uint16_t)x, n));
        fold32((uint16_t)arithmetic16((int16_t)x, n));
        fold32(rotate_left_16((uint16_t)x, n));
    }
    for (uint8_t n = 0; n < 32; n++)
    {
        fold32(left32((uint32_t)x, n));
        fold32(right32((uint32_t)x, n));
        fold32((uint32_t)arithmetic32((int32_t)x, n));
        fold32(rotate_left_32((uint32_t)x, n));
    }
    for (uint8_t n = 0; n < 64; n += 3)
    {
        fold64(left64(x, n));
        fold64(right64(x, n));
        fold64((uint64_t)arithmetic64((int64_t)x, n));
        fold64(rotate_left_64(x, n));
    }
}

#define AT8(n) fold8((uint8_t)(b << n)); fold8((uint8_t)(b >> n)); fold8((uint8_t)((int8_t)b >> n));
#define AT16(n) fold32((uint16_t)((uint32_t)w << n)); fold32((uint16_t)(w >> n)); fold32((uint16_t)((int16_t)w >> n));
#define AT32(n) fold32(d << n); fold32(d >> n); fold32((uint32_t)((int32_t)d >> n));
#define AT64(n) fold64(q << n); fold64(q >> n); fold64((uint64_t)((int64_t)q >> n));
#define EIGHT(at, base) at((base + 0)) at((base + 1)) at((base + 2)) at((base + 3)) \
                        at((base + 4)) at((base + 5)) at((base + 6)) at((base + 7))

// Each count has its own instruction sequence in avr-gcc
static NOINLINE void constant(uint64_t q)
{
    uint8_t b = (uint8_t)q;
    uint16_t w = (uint16_t)q;
    uint32_t d = (uint32_t)q;
    EIGHT(AT8, 0)
    EIGHT(AT16, 0) EIGHT(AT16, 8)
    EIGHT(AT32, 0) EIGHT(AT32, 8) EIGHT(AT32, 16) EIGHT(AT32, 24)
    AT64(1) AT64(7) AT64(8) AT64(15) AT64(16) AT64(31) AT64(32) AT64(33) AT64(48) AT64(56) AT64(63)
}

static NOINLINE uint8_t ones(uint64_t x)
{
    uint8_t n = 0;
    for (; x; x >>= 1)
        n = (uint8_t)(n + (x & 1));
    return n;
}

static NOINLINE uint32_t reversed(uint32_t x)
{
    uint32_t r = 0;
    for (uint8_t i = 0; i < 32; i++, x >>= 1)
        r = r << 1 | (x & 1);
    return r;
}

int main(void)
{
    begin("shifts");
    variable(UINT64_C(0x8000000000000001));
    variable(UINT64_C(0x7FFFFFFF7FFF7F7F));
    for (uint8_t i = 0; i < 6; i++)
        variable(random64());
    mark("variable");
    constant(UINT64_C(0x8000000080008080));
    constant(UINT64_C(0x7FFFFFFF7FFF7F7F));
    for (uint8_t i = 0; i < 6; i++)
        constant(random64());
    mark("constant");
    for (uint8_t i = 0; i < 50; i++)
    {
        uint64_t x = random64();
        fold32(ones(x));
        fold32(reversed((uint32_t)x));
        fold32((uint32_t)__builtin_popcountl((uint32_t)x));
        fold32((uint32_t)__builtin_bswap32((uint32_t)x));
        fold64(__builtin_bswap64(x));
        fold32((uint32_t)__builtin_ctzll(x | UINT64_C(0x8000000000000000)));
        fold32((uint32_t)__builtin_clzll(x | 1));
    }
    mark("bit tricks");
    uint64_t x = random64();
    line64("x", x);
    line64("x << 5", left64(x, 5));
    line64("x >> 5", right64(x, 5));
    line64("x >>> 37", (uint64_t)arithmetic64((int64_t)(x | UINT64_C(0x8000000000000000)), 37));
    line32("reversed", reversed((uint32_t)x));
    line32("ones", ones(x));
    return finish();
}
