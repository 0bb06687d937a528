// Deep, double and mutual recursion; backtracking
#include "conformance.h"

static uint32_t calls;

static NOINLINE uint16_t ackermann(uint16_t m, uint16_t n)
{
    calls++;
    if (m == 0)
        return (uint16_t)(n + 1);
    if (n == 0)
        return ackermann((uint16_t)(m - 1), 1);
    return ackermann((uint16_t)(m - 1), ackermann(m, (uint16_t)(n - 1)));
}

static NOINLINE uint32_t fibonacci(uint8_t n)
{
    calls++;
    return n < 2 ? n : fibonacci((uint8_t)(n - 1)) + fibonacci((uint8_t)(n - 2));
}

static NOINLINE void hanoi(uint8_t n, uint8_t from, uint8_t to, uint8_t by)
{
    if (n == 0)
        return;
    hanoi((uint8_t)(n - 1), from, by, to);
    fold8((uint8_t)(n << 4 | from << 2 | to));
    calls++;
    hanoi((uint8_t)(n - 1), by, to, from);
}

static NOINLINE bool is_odd(uint16_t n);

static NOINLINE bool is_even(uint16_t n)
{
    calls++;
    return n == 0 ? true : is_odd((uint16_t)(n - 1));
}

static NOINLINE bool is_odd(uint16_t n)
{
    calls++;
    return n == 0 ? false : is_even((uint16_t)(n - 1));
}

static NOINLINE uint16_t queens(uint8_t all, uint8_t columns, uint8_t left, uint8_t right)
{
    calls++;
    if (columns == all)
        return 1;
    uint16_t solutions = 0;
    for (uint8_t free = (uint8_t)(all & ~(columns | left | right)); free;)
    {
        uint8_t bit = (uint8_t)(free & (0 - free));
        free = (uint8_t)(free ^ bit);
        solutions = (uint16_t)(solutions + queens(all, columns | bit,
            (uint8_t)((left | bit) << 1), (uint8_t)((right | bit) >> 1)));
    }
    return solutions;
}

static NOINLINE void permutations(char *s, uint8_t k, uint8_t n)
{
    if (k == n)
    {
        fold_text(s);
        return;
    }
    for (uint8_t i = k; i < n; i++)
    {
        char t = s[k];
        s[k] = s[i];
        s[i] = t;
        permutations(s, (uint8_t)(k + 1), n);
        t = s[k];
        s[k] = s[i];
        s[i] = t;
    }
}

// Far down the stack: a frame with an array at each level
static NOINLINE uint32_t deep(uint8_t depth)
{
    volatile uint8_t frame[16];
    for (uint8_t i = 0; i < 16; i++)
        frame[i] = (uint8_t)(depth * 16 + i);
    uint32_t below = depth ? deep((uint8_t)(depth - 1)) : 1;
    for (uint8_t i = 0; i < 16; i++)
        below = below * 31 + frame[i];
    return below;
}

static void report(const char *name, uint32_t value)
{
    line32(name, value);
    line32("calls", calls);
    calls = 0;
}

int main(void)
{
    char letters[] = "abcdef";
    begin("recursion");
    report("ackermann 1 9", ackermann(1, 9));
    report("ackermann 2 6", ackermann(2, 6));
    report("ackermann 3 3", ackermann(3, 3));
    for (uint8_t n = 0; n <= 18; n += 3)
        report("fibonacci", fibonacci(n));
    hanoi(9, 0, 2, 1);
    report("hanoi 9", folded);
    report("even 100", is_even(100));
    report("odd 77", is_odd(77));
    for (uint8_t n = 1; n <= 7; n++)
        report("queens", queens((uint8_t)((1 << n) - 1), 0, 0, 0));
    permutations(letters, 0, 6);
    line_text("permutations", letters);
    report("deep", deep(60));
    return finish();
}
