// Calls beyond 128 KiB of code. Section .far starts at byte 0x20000 (word 0x10000: bit 16 of the
// program counter; the boot section of the ATxmega128A1), the rest of the program lies far below.
//
//   direct     CALL with a 22-bit address, RET with three bytes of return address
//   pointer    gcc's function pointers have 16 bits: EICALL with EIND = 0 to a stub near address 0
//              (linker's trampoline), which jumps on
//   EIND = 1   EICALL and EIJMP straight to the far function
//   table      a jump table inside a far function
#include "conformance.h"

#ifdef __AVR__
#define FAR __attribute__((section(".far"), noinline, used))
#else
#define FAR NOINLINE
#endif

static FAR uint32_t far_add(uint32_t a, uint32_t b) { return a + b; }
static FAR uint32_t far_xor(uint32_t a, uint32_t b) { return a ^ b; }
static FAR uint32_t far_multiply(uint32_t a, uint32_t b) { return a * b; }

static FAR uint32_t far_rotate(uint32_t a, uint32_t b)
{
    b &= 31;
    return b ? a << b | a >> (32 - b) : a;
}

static NOINLINE uint32_t near_subtract(uint32_t a, uint32_t b) { return a - b; }

// far to near, near to far, and deep in both
static FAR uint32_t far_bounce(uint32_t a, uint32_t n);

static NOINLINE uint32_t near_bounce(uint32_t a, uint32_t n)
{
    return n ? far_bounce(a * 3 + n, n - 1) ^ 0x5A : a;
}

static FAR uint32_t far_bounce(uint32_t a, uint32_t n)
{
    return n ? near_bounce(a + 7 * n, n - 1) ^ 0xA5 : a;
}

static FAR uint32_t far_factorial(uint32_t n)
{
    return n < 2 ? 1 : n * far_factorial(n - 1);
}

// A callback: near code handed to far code and the other way round
typedef uint32_t (*Operation)(uint32_t, uint32_t);

static FAR uint32_t far_fold(Operation operation, uint32_t x, uint8_t n)
{
    for (uint8_t i = 1; i <= n; i++)
        x = operation(x, i);
    return x;
}

static NOINLINE uint32_t near_fold(Operation operation, uint32_t x, uint8_t n)
{
    for (uint8_t i = 1; i <= n; i++)
        x = operation(x, i);
    return x;
}

static FAR uint32_t far_switch(uint8_t n, uint32_t x)
{
    switch (n)
    {
    case 0: return x + 1;
    case 1: return x * 3;
    case 2: return x ^ UINT32_C(0xFFFF0000);
    case 3: return far_rotate(x, 7);
    case 4: return near_subtract(x, 1000);
    case 5: return x >> 3;
    case 6: return far_multiply(x, x);
    case 7: return ~x;
    case 8: return x - UINT32_C(0x12345678);
    case 9: return x << 11;
    case 10: return far_add(x, UINT32_C(0xABCDEF));
    case 11: return x / 17;
    default: return 0;
    }
}

static Operation operations[] = { far_add, near_subtract, far_xor, far_multiply, near_subtract, far_rotate };

#ifdef __AVR__

// (a, b) in r25:r22 and r21:r18, result in r25:r22, as in avr-gcc's convention. The far function must
// not use what the compiler thinks untouched: all call-used registers are named.
#define THROUGH_EIND(name, target, instruction)                                              \
    static NOINLINE uint32_t name(uint32_t a, uint32_t b)                                    \
    {                                                                                        \
        register uint32_t x __asm__("r22") = a;                                              \
        register uint32_t y __asm__("r18") = b;                                              \
        __asm__ volatile(                                                                    \
            "ldi r30, pm_hh8(%x[f])\n\t"                                                     \
            "out %[eind], r30\n\t"                                                           \
            "ldi r30, pm_lo8(%x[f])\n\t"                                                     \
            "ldi r31, pm_hi8(%x[f])\n\t" instruction                                         \
            "out %[eind], __zero_reg__\n\t"                                                  \
            : "+r"(x), "+r"(y)                                                               \
            : [f] "i"(target), [eind] "I"(_SFR_IO_ADDR(EIND))                                \
            : "r0", "r26", "r27", "r30", "r31", "memory");                                   \
        return x;                                                                            \
    }

THROUGH_EIND(eicall_add, far_add, "eicall\n\t")
THROUGH_EIND(eicall_multiply, far_multiply, "eicall\n\t")
// EIJMP has no return address: call a place that jumps
THROUGH_EIND(eijmp_xor, far_xor, "rcall 1f\n\trjmp 2f\n1:\teijmp\n2:\t")
THROUGH_EIND(eijmp_rotate, far_rotate, "rcall 1f\n\trjmp 2f\n1:\teijmp\n2:\t")

#else

#define eicall_add far_add
#define eicall_multiply far_multiply
#define eijmp_xor far_xor
#define eijmp_rotate far_rotate

#endif

int main(void)
{
    begin("farcall");
    line32("direct", far_add(UINT32_C(0x89ABCDEF), entropy));
    line32("direct", far_xor(UINT32_C(0x89ABCDEF), entropy));
    line32("direct", far_multiply(UINT32_C(0x89ABCDEF), entropy));
    line32("bounce", near_bounce(entropy, 40));
    line32("bounce", far_bounce(entropy, 41));
    for (uint32_t n = 1; n <= 12; n++)
        line32("factorial", far_factorial(n));

    uint32_t x = 1;
    for (uint16_t i = 0; i < 300; i++)
    {
        uint32_t r = random32();
        x = operations[(r >> 8) % 6](x, r);
        fold32(x);
    }
    line32("pointer", x);
    for (uint8_t i = 0; i < 6; i++)
    {
        line32("far fold", far_fold(operations[i], entropy, 20));
        line32("near fold", near_fold(operations[i], entropy, 20));
    }
    line32("same pointer", operations[1] == operations[4]);
    line32("other pointer", operations[0] == operations[2]);

    for (uint16_t i = 0; i < 300; i++)
    {
        x = far_switch((uint8_t)(random32() % 14), x);
        fold32(x);
    }
    line32("switch", x);

    for (uint8_t i = 0; i < 50; i++)
    {
        uint32_t r = random32();
        x = eicall_add(x, r);
        fold32(x);
        x = eijmp_xor(x, r >> 3);
        fold32(x);
        x = eicall_multiply(x, r | 1);
        fold32(x);
        x = eijmp_rotate(x, r);
        fold32(x);
    }
    line32("eicall eijmp", x);

#ifdef __AVR__
    // bit 16 of the word address that the linker gave: is the program where this test wants it?
    uint8_t bit16;
    __asm__("ldi %0, pm_hh8(%x1)" : "=d"(bit16) : "i"(far_add));
    line32("far is far", bit16);
#else
    line32("far is far", 1);
#endif
    return finish();
}
