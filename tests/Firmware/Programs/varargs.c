// Variable argument lists: mixed sizes, va_copy, forwarding, many arguments
#include "conformance.h"
#include <stdarg.h>
#include <stdio.h>

static NOINLINE uint32_t sum(uint8_t n, ...)
{
    va_list args;
    uint32_t total = 0;
    va_start(args, n);
    while (n--)
        total += va_arg(args, uint32_t);
    va_end(args);
    return total;
}

// i: int16_t (as int), u: uint32_t, q: uint64_t, s: text, f: float (as double), p: pointer to uint16_t
static NOINLINE void vmixed(const char *kinds, va_list args)
{
    for (; *kinds; kinds++)
        switch (*kinds)
        {
        case 'i': line32("i", (uint32_t)(int32_t)va_arg(args, int)); break;
        case 'u': line32("u", va_arg(args, uint32_t)); break;
        case 'q': line64("q", va_arg(args, uint64_t)); break;
        case 's': line_text("s", va_arg(args, const char *)); break;
        case 'p': line32("p", *va_arg(args, const uint16_t *)); break;
        case 'f':
        {
            float f = (float)va_arg(args, double);
            uint32_t u;
            memcpy(&u, &f, sizeof u);
            line32("f", u);
            break;
        }
        }
}

static NOINLINE void mixed(const char *kinds, ...)
{
    va_list args;
    va_start(args, kinds);
    vmixed(kinds, args);
    va_end(args);
}

static NOINLINE uint32_t twice(uint8_t n, ...)
{
    va_list args, again;
    uint32_t result = 0;
    va_start(args, n);
    va_copy(again, args);
    for (uint8_t i = 0; i < n; i++)
        result = result * 31 + va_arg(args, uint32_t);
    for (uint8_t i = 0; i < n; i++)
        result = result * 37 + va_arg(again, uint32_t);
    va_end(again);
    va_end(args);
    return result;
}

static char buffer[80];

static NOINLINE __attribute__((format(printf, 1, 2))) int format(const char *text, ...)
{
    va_list args;
    va_start(args, text);
    int n = vsnprintf(buffer, sizeof buffer, text, args);
    va_end(args);
    line_text("format", buffer);
    return n;
}

// More arguments than registers, of every size: part of them on the stack
static NOINLINE uint64_t many(uint8_t a, uint16_t b, uint32_t c, uint64_t d, int8_t e, int16_t f, int32_t g,
    int64_t h, uint8_t i, const char *j, uint32_t k)
{
    return a + ((uint64_t)b << 3) + ((uint64_t)c << 5) + d + (uint64_t)(int64_t)e + ((uint64_t)(int64_t)f << 7)
        + (uint64_t)(int64_t)g + (uint64_t)h + ((uint64_t)i << 40) + (uint64_t)(uint8_t)*j + ((uint64_t)k << 29);
}

int main(void)
{
    const uint16_t w = 0xABCD;
    begin("varargs");
    line32("sum", sum(0));
    line32("sum", sum(1, (uint32_t)5));
    line32("sum", sum(4, UINT32_MAX, (uint32_t)2, (uint32_t)3, (uint32_t)4));
    line32("sum", sum(12, (uint32_t)1, (uint32_t)2, (uint32_t)3, (uint32_t)4, (uint32_t)5, (uint32_t)6,
        (uint32_t)7, (uint32_t)8, (uint32_t)9, (uint32_t)10, (uint32_t)11, (uint32_t)12));
    uint32_t r[8];
    for (uint8_t i = 0; i < 8; i++)
        r[i] = random32();
    for (uint8_t i = 0; i < 50; i++)
    {
        fold32(sum(8, r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]));
        fold32(twice(5, r[i & 7], r[1], r[i >> 3], r[3], r[4]));
        r[i & 7] = random32();
    }
    mark("sums");
    mixed("iuqsfp", -321, r[0], UINT64_C(0x0123456789ABCDEF), "text", (double)1.5f, &w);
    mixed("qiqi", (uint64_t)r[1] << 20, 32767, (uint64_t)r[2] * r[3], -32767);
    mixed("ffff", (double)0.1f, (double)-2.0f, (double)1e20f, (double)0.0f);
    mixed("sss", "", "a", "third");
    mixed("iiiiiiiiii", 0, 1, -1, 2, -2, 100, -100, 1000, -1000, 12345);
    fold32((uint32_t)format("%s %" PRIu32 " %c %" PRIx32, "mixed", r[4], '!', r[5]));
    fold32((uint32_t)format("none"));
    fold32((uint32_t)format("%" PRId16 "/%" PRId32 "/%" PRId16, (int16_t)-1, (int32_t)-70000, (int16_t)3));
    for (uint8_t i = 0; i < 20; i++)
    {
        uint64_t q = random64();
        fold64(many(i, (uint16_t)q, (uint32_t)q, q, (int8_t)q, (int16_t)(q >> 5), (int32_t)(q >> 9),
            (int64_t)(q >> 1), (uint8_t)(q >> 44), "j", (uint32_t)(q >> 17)));
    }
    mark("many");
    line64("many", many(1, 2, 3, 4, -5, -6, -7, -8, 9, "j", 11));
    return finish();
}
