// setjmp and longjmp: values, depth, nesting, state that must survive, a generator of exceptions
#include "conformance.h"
#include <setjmp.h>

static jmp_buf outer, inner;
static volatile uint8_t trail[64];
static volatile uint8_t steps;

static NOINLINE void trace(uint8_t step)
{
    if (steps < sizeof trail)
        trail[steps++] = step;
}

static NOINLINE void descend(uint8_t depth, int value)
{
    volatile uint8_t ballast[8];
    ballast[depth & 7] = depth;
    trace(depth);
    if (depth == 0)
        longjmp(outer, value);
    if (depth < 100) // always: without a way back gcc calls this an endless recursion
        descend((uint8_t)(depth - 1), value);
    trace(ballast[depth & 7]); // never
}

static NOINLINE uint32_t values(int value)
{
    int got = setjmp(outer);
    if (got == 0)
        descend(5, value);
    return (uint32_t)(int32_t)got;
}

static NOINLINE uint32_t counting(void)
{
    volatile uint16_t n = 0;
    int got = setjmp(outer);
    n++;
    if (n < 100)
        longjmp(outer, (int)n);
    return (uint32_t)n << 16 | (uint16_t)got;
}

static NOINLINE void rethrow(uint8_t which)
{
    int got = setjmp(inner);
    if (got == 0)
    {
        trace(0x40);
        if (which & 1)
            longjmp(inner, 3);
        trace(0x41);
    }
    else
        trace((uint8_t)(0x50 + got));
    if (which & 2)
        longjmp(outer, 7);
    trace(0x42);
}

static NOINLINE void nested(uint8_t which)
{
    int got = setjmp(outer);
    if (got == 0)
    {
        rethrow(which);
        trace(0x60);
    }
    else
        trace((uint8_t)(0x70 + got));
}

// Callee-saved registers must come back: many values live across the jump
static NOINLINE uint32_t survivors(uint32_t a, uint32_t b, uint32_t c)
{
    volatile uint32_t x = a * 3, y = b * 5, z = c * 7;
    int got = setjmp(outer);
    if (got < 10)
        descend(3, got + 1);
    return x ^ y << 1 ^ z << 2 ^ (uint32_t)(int32_t)got;
}

// A parser that gives up from the depth: the sum of nested brackets
static const char *input;

static NOINLINE uint32_t bracket(void)
{
    uint32_t sum = 0;
    for (;; input++)
    {
        if (*input == '(')
        {
            input++;
            sum += 2 * bracket();
        }
        else if (*input == ')')
            return sum;
        else if (*input >= '0' && *input <= '9')
            sum += (uint32_t)(*input - '0');
        else
            longjmp(outer, *input ? 1 : 2);
    }
}

static NOINLINE uint32_t parse(const char *s)
{
    int got;
    input = s;
    got = setjmp(outer);
    if (got)
        return UINT32_C(0xE0000000) | (uint32_t)(int32_t)got << 16 | (uint32_t)(input - s);
    if (*input++ != '(')
        longjmp(outer, 3);
    return bracket();
}

int main(void)
{
    begin("setjmp");
    for (int i = -2; i <= 4; i++)
        line32("value", values(i)); // 0 comes back as 1
    line32("largest", values(32767));
    line32("smallest", values(-32767));
    line32("counting", counting());
    for (uint8_t i = 0; i < 4; i++)
    {
        steps = 0;
        nested(i);
        for (uint8_t k = 0; k < steps; k++)
            line32("step", trail[k]);
    }
    for (uint8_t i = 0; i < 20; i++)
    {
        steps = 0;
        uint32_t a = random32(), b = random32(), c = random32(); // arguments have no order of evaluation
        line32("survivors", survivors(a, b, c));
    }
    line32("parse", parse("(12(3)4)"));
    line32("parse", parse("(1(2(3(4(5)))))"));
    line32("parse", parse("(1(2x))"));
    line32("parse", parse("((((1"));
    line32("parse", parse("1"));
    return finish();
}
