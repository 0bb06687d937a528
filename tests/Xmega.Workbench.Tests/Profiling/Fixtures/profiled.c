/* A program with a little of everything that a profile tells apart. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <stdint.h>
#include <stdlib.h>

volatile uint8_t ticks;
volatile uint16_t result;

ISR(TCC0_OVF_vect)
{
    ticks++;
}

__attribute__((noinline)) static uint16_t leaf(uint8_t n)
{
    uint16_t sum = 0;
    while (n--) sum += n;
    return sum;
}

__attribute__((noinline)) static uint16_t recursive(uint8_t n)
{
    return n == 0 ? 1 : (uint16_t)(recursive((uint8_t)(n - 1)) + n);
}

__attribute__((noinline)) static uint16_t tail(uint8_t n)
{
    return leaf((uint8_t)(n + 1));
}

__attribute__((noinline)) static void never(void)
{
    result = 0;
}

__attribute__((noinline)) static uint8_t onstack(uint8_t n)
{
    volatile uint8_t bytes[40];
    for (uint8_t i = 0; i < sizeof bytes; i++) bytes[i] = n;
    return bytes[n];
}

int main(void)
{
    result = leaf(10);
    result += recursive(5);
    result += tail(3);
    result += onstack(7);
    if (result == 12345) never();
    TCC0.PER = 199;
    TCC0.INTCTRLA = TC_OVFINTLVL_LO_gc;
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;
    set_sleep_mode(SLEEP_MODE_IDLE);
    sei();
    while (ticks < 3) sleep_mode();
    cli();
    exit(0);
}
