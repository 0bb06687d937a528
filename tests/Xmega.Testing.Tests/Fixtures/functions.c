// Functions of every size of argument and result, for FirmwareTest.Call.
#include <stdint.h>
#include <avr/io.h>

volatile uint16_t counter = 7;

__attribute__((noinline)) int add(int a, int b) { return a + b; }
__attribute__((noinline)) uint8_t low(uint8_t a, uint8_t b) { counter++; return a - b; }
__attribute__((noinline)) int32_t scale(uint8_t by, int32_t value) { return by * value; }
__attribute__((noinline)) int64_t wide(int64_t value) { return value + 1; }
__attribute__((noinline)) float half(float value) { return value / 2; }
__attribute__((noinline)) void forever(void) { for (;;) PORTE.OUTTGL = 1; }

int main(void)
{
    PORTE.DIRSET = 1;
    if (counter == 0) forever();
    for (;;) counter = (uint16_t)(add(counter, 1) + low(1, 2) + scale(2, 3) + wide(4) + half(5));
}
