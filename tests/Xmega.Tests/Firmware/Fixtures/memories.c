/* One byte or more in every memory a firmware file can fill. */
#include <avr/io.h>
#include <avr/eeprom.h>
#include <avr/fuse.h>
#include <avr/lock.h>
#include <avr/interrupt.h>
#include <avr/pgmspace.h>
#include <avr/signature.h>

FUSES = {
    .FUSEBYTE0 = 0xFF,
    .FUSEBYTE1 = 0x21,
    .FUSEBYTE2 = 0xBF,
    .FUSEBYTE4 = 0xF3,
    .FUSEBYTE5 = 0xE4,
};
LOCKBITS = 0xFC;
const uint8_t serial[8] __attribute__((section(".user_signatures"), used)) = {1,2,3,4,5,6,7,8};
EEMEM uint16_t boot_count = 0x1234;
EEMEM char greeting[] = "hello";
volatile uint16_t table[4] = {0x1111, 0x2222, 0x3333, 0x4444};
volatile uint8_t ticks;
const char banner[] PROGMEM = "memories";

ISR(TCC0_OVF_vect) { ticks++; }

static __attribute__((noinline)) uint16_t sum(void)
{
    uint16_t s = 0;
    for (uint8_t i = 0; i < 4; i++) s += table[i];
    return s;
}

int main(void)
{
    sei();
    eeprom_write_word(&boot_count, sum() + pgm_read_byte(&banner[0]));
    for (;;) PORTD.OUTTGL = 1;
}
