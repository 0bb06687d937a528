// Single-precision arithmetic. Bit patterns for what is exactly rounded (+ - * /, conversions,
// comparisons, floor and its kin); few digits for sqrt, sin, exp and the like.
#include "conformance.h"
#include <math.h>

static float from_bits(uint32_t u)
{
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

// Every NaN is the same NaN
static uint32_t to_bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    if ((u & UINT32_C(0x7FFFFFFF)) > UINT32_C(0x7F800000))
        u = UINT32_C(0x7FC00000);
    return u;
}

static const uint32_t edges[] = {
    UINT32_C(0x00000000), UINT32_C(0x80000000), // zeros
    UINT32_C(0x00800000), UINT32_C(0x00800001), // smallest normal numbers
    UINT32_C(0x3F800000), UINT32_C(0xBF800000), // 1, -1
    UINT32_C(0x3F7FFFFF), UINT32_C(0x3F800001), // next to 1
    UINT32_C(0x40490FDB), UINT32_C(0xC02DF854), // pi, -e
    UINT32_C(0x4B7FFFFF), UINT32_C(0x4B800000), // 2^24 - 1, 2^24
    UINT32_C(0x7F7FFFFF), UINT32_C(0xFF7FFFFF), // largest
    UINT32_C(0x7F800000), UINT32_C(0xFF800000), // infinities
    UINT32_C(0x7FC00000),                       // not a number
    UINT32_C(0x34000000), UINT32_C(0x5F000000), // 2^-23, 2^63
    UINT32_C(0x00000001), UINT32_C(0x007FFFFF), // subnormal
};
#define EDGES (sizeof edges / sizeof *edges)

static NOINLINE float add(float a, float b) { return a + b; }
static NOINLINE float subtract(float a, float b) { return a - b; }
static NOINLINE float multiply(float a, float b) { return a * b; }
static NOINLINE float divide(float a, float b) { return a / b; }

static NOINLINE void arithmetic(float a, float b)
{
    fold32(to_bits(add(a, b)));
    fold32(to_bits(subtract(a, b)));
    fold32(to_bits(multiply(a, b)));
    // avr-libc 2.0 does not round subnormal quotients exactly (2^-126 / -e is one off): their sign only
    uint32_t quotient = to_bits(divide(a, b));
    fold32(quotient & UINT32_C(0x7F800000) ? quotient : quotient & UINT32_C(0x80000000));
}

static NOINLINE uint8_t comparisons(float a, float b)
{
    return (uint8_t)((a < b) | (a <= b) << 1 | (a > b) << 2 | (a >= b) << 3 | (a == b) << 4 | (a != b) << 5);
}

// Random sign and significand, exponent within 2^-span .. 2^span
static float random_float(uint8_t span)
{
    uint32_t r = random32();
    uint32_t exponent = 127 - span + (random32() >> 8) % (2u * span + 1u);
    return from_bits((r & UINT32_C(0x807FFFFF)) | exponent << 23);
}

static NOINLINE void line_float(const char *name, float f)
{
    line32(name, to_bits(f));
}

// Three decimals, rounded: far coarser than any library's error
static NOINLINE void line_coarse(const char *name, float f)
{
    line32(name, (uint32_t)(int32_t)floorf(f * 1000.0f + 0.5f));
}

int main(void)
{
    begin("softfloat");
    for (uint8_t i = 0; i < EDGES; i++)
        for (uint8_t k = 0; k < EDGES; k++)
            arithmetic(from_bits(edges[i]), from_bits(edges[k]));
    mark("edges");
    for (uint8_t i = 0; i < EDGES; i++)
        for (uint8_t k = 0; k < EDGES; k++)
            fold32(comparisons(from_bits(edges[i]), from_bits(edges[k])));
    mark("comparisons");
    for (uint16_t i = 0; i < 400; i++)
    {
        float a = random_float(4), b = random_float(4); // arguments have no order of evaluation
        arithmetic(a, b);
    }
    mark("near");
    for (uint16_t i = 0; i < 400; i++)
    {
        float a = random_float(50), b = random_float(50);
        arithmetic(a, b);
    }
    mark("far");

    for (uint16_t i = 0; i < 200; i++)
    {
        uint32_t r = random32() >> (i & 31);
        fold32(to_bits((float)r));
        fold32(to_bits((float)(int32_t)r));
        fold32(to_bits((float)(int32_t)(0 - r)));
        fold32(to_bits((float)(uint16_t)r));
        fold32(to_bits((float)(int16_t)r));
        fold32(to_bits((float)(int8_t)r));
    }
    mark("from integer");
    for (uint16_t i = 0; i < 200; i++)
    {
        float f = random_float(30);
        fold32((uint32_t)(int32_t)f);
        fold32((uint32_t)fabsf(f));
        fold32((uint32_t)(int32_t)(int16_t)(f / 65536.0f));
    }
    mark("to integer");
    for (uint16_t i = 0; i < 200; i++)
    {
        float f = random_float(26);
        fold32(to_bits(floorf(f)));
        fold32(to_bits(ceilf(f)));
        fold32(to_bits(truncf(f)));
        fold32(to_bits(fabsf(f)));
        int exponent;
        fold32(to_bits(frexpf(f, &exponent)));
        fold32((uint32_t)(int32_t)exponent);
        fold32(to_bits(ldexpf(f, (int)(i % 40) - 20)));
    }
    mark("parts");

    line_float("1 + 2^-24", add(1.0f, from_bits(UINT32_C(0x33800000))));
    line_float("1 / 3", divide(1.0f, 3.0f));
    line_float("0.1 + 0.2", add(0.1f, 0.2f));
    line_float("largest * 2", multiply(from_bits(UINT32_C(0x7F7FFFFF)), 2.0f));
    line_float("0 / 0", divide(0.0f, 0.0f));
    line_float("-1 / 0", divide(-1.0f, 0.0f));
    float sum = 0;
    for (uint16_t i = 1; i <= 300; i++)
        sum = add(sum, divide(1.0f, (float)i));
    line_float("harmonic 300", sum);
    float x = 1.0f;
    for (uint8_t i = 0; i < 8; i++)
        x = multiply(0.5f, add(x, divide(2.0f, x)));
    line_float("newton sqrt 2", x);
    float power = 1.0f;
    for (uint8_t i = 0; i < 20; i++)
        power = multiply(power, 1.5f);
    line_float("1.5^20", power);

    static const float inputs[] = { 0.1f, 0.5f, 0.77f, 1.0f, 1.3f, 2.0f, 3.0f, 5.2f };
    for (uint8_t i = 0; i < 8; i++)
    {
        float v = inputs[i] + (float)(entropy & 0); // not for the compiler to fold
        line_coarse("sqrt", sqrtf(v));
        line_coarse("sin", sinf(v));
        line_coarse("cos", cosf(v));
        line_coarse("atan", atanf(v));
        line_coarse("exp", expf(v));
        line_coarse("log", logf(v));
        line_coarse("pow", powf(v, 1.7f));
    }
    return finish();
}
