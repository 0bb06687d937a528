// Products at 8, 16, 32 and 64 bits, signed, unsigned and mixed; the fractional multiplications
#include "conformance.h"

#ifdef __AVR__
#define fmul(a, b) __builtin_avr_fmul(a, b)
#define fmuls(a, b) ((uint16_t)__builtin_avr_fmuls(a, b))
#define fmulsu(a, b) ((uint16_t)__builtin_avr_fmulsu(a, b))
#else
#define fmul(a, b) ((uint16_t)(((uint32_t)(a) * (b)) << 1))
#define fmuls(a, b) ((uint16_t)((uint32_t)((int32_t)(a) * (b)) << 1))
#define fmulsu(a, b) ((uint16_t)((uint32_t)((int32_t)(a) * (int32_t)(b)) << 1))
#endif

static const uint8_t bytes[] = { 0, 1, 2, 3, 0x0F, 0x10, 0x40, 0x55, 0x7F, 0x80, 0x81, 0xAA, 0xC0, 0xFE, 0xFF };
#define BYTES (sizeof bytes / sizeof *bytes)

static NOINLINE uint16_t mul_uu(uint8_t a, uint8_t b) { return (uint16_t)((uint16_t)a * b); }
static NOINLINE int16_t mul_ss(int8_t a, int8_t b) { return (int16_t)((int16_t)a * b); }
static NOINLINE int16_t mul_su(int8_t a, uint8_t b) { return (int16_t)((int16_t)a * (int16_t)b); }
static NOINLINE uint16_t fractional_uu(uint8_t a, uint8_t b) { return fmul(a, b); }
static NOINLINE uint16_t fractional_ss(int8_t a, int8_t b) { return fmuls(a, b); }
static NOINLINE uint16_t fractional_su(int8_t a, uint8_t b) { return fmulsu(a, b); }
static NOINLINE uint32_t mul16_uu(uint16_t a, uint16_t b) { return (uint32_t)a * b; }
static NOINLINE int32_t mul16_ss(int16_t a, int16_t b) { return (int32_t)a * b; }
static NOINLINE int32_t mul16_su(int16_t a, uint16_t b) { return (int32_t)a * (int32_t)b; }
static NOINLINE uint16_t mul16_low(uint16_t a, uint16_t b) { return (uint16_t)((uint32_t)a * b); }
static NOINLINE uint32_t mul32_low(uint32_t a, uint32_t b) { return a * b; }
static NOINLINE uint64_t mul32_uu(uint32_t a, uint32_t b) { return (uint64_t)a * b; }
static NOINLINE int64_t mul32_ss(int32_t a, int32_t b) { return (int64_t)a * b; }
static NOINLINE uint64_t mul64_low(uint64_t a, uint64_t b) { return a * b; }

static NOINLINE void wide(uint64_t a, uint64_t b)
{
    fold32(mul16_uu((uint16_t)a, (uint16_t)b));
    fold32((uint32_t)mul16_ss((int16_t)a, (int16_t)b));
    fold32((uint32_t)mul16_su((int16_t)a, (uint16_t)b));
    fold32(mul16_low((uint16_t)a, (uint16_t)b));
    fold32(mul32_low((uint32_t)a, (uint32_t)b));
    fold64(mul32_uu((uint32_t)a, (uint32_t)b));
    fold64((uint64_t)mul32_ss((int32_t)a, (int32_t)b));
    fold64(mul64_low(a, b));
}

int main(void)
{
    begin("mul");
    for (uint8_t i = 0; i < BYTES; i++)
        for (uint8_t k = 0; k < BYTES; k++)
        {
            uint8_t a = bytes[i], b = bytes[k];
            fold32(mul_uu(a, b));
            fold32((uint16_t)mul_ss((int8_t)a, (int8_t)b));
            fold32((uint16_t)mul_su((int8_t)a, b));
        }
    mark("8 bit");
    for (uint8_t i = 0; i < BYTES; i++)
        for (uint8_t k = 0; k < BYTES; k++)
        {
            uint8_t a = bytes[i], b = bytes[k];
            fold32(fractional_uu(a, b));
            fold32(fractional_ss((int8_t)a, (int8_t)b));
            fold32(fractional_su((int8_t)a, b));
        }
    mark("fractional");
    for (uint16_t i = 0; i < 256; i++)
        for (uint8_t k = 0; k < BYTES; k++)
            fold8((uint8_t)(mul_uu((uint8_t)i, bytes[k]) >> 3));
    mark("8 bit all");
    for (uint8_t i = 0; i < BYTES; i++)
        for (uint8_t k = 0; k < BYTES; k++)
        {
            uint64_t a = bytes[i] * UINT64_C(0x0101010101010101), b = (uint64_t)bytes[k] << (4 * k);
            wide(a, b);
        }
    mark("patterns");
    for (uint16_t i = 0; i < 300; i++)
    {
        uint64_t a = random64(), b = random64() >> (i & 63); // arguments have no order of evaluation
        wide(a, b);
    }
    mark("random");

    line32("ff * ff", mul_uu(0xFF, 0xFF));
    line32("-128 * -128", (uint16_t)mul_ss(-128, -128));
    line32("-128 * 255", (uint16_t)mul_su(-128, 255));
    line32("fmul 80 80", fractional_uu(0x80, 0x80));
    line32("fmuls 80 80", fractional_ss(-128, -128));
    line32("fmulsu 80 ff", fractional_su(-128, 0xFF));
    line32("ffff * ffff", mul16_uu(0xFFFF, 0xFFFF));
    line32("-32768 * -32768", (uint32_t)mul16_ss(-32767 - 1, -32767 - 1));
    line64("ffffffff squared", mul32_uu(UINT32_C(0xFFFFFFFF), UINT32_C(0xFFFFFFFF)));
    uint64_t factorial = 1;
    for (uint8_t i = 1; i <= 20; i++)
    {
        factorial = mul64_low(factorial, i);
        line64("factorial", factorial);
    }
    return finish();
}
