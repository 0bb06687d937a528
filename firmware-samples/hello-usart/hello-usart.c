// Prints through stdio over USARTC0: 9600 baud, 8 data bits, no parity, 1 stop bit, TXD on PC3.
// The chip runs on the 2 MHz RC oscillator it starts with.

#include <avr/io.h>
#include <avr/pgmspace.h>
#include <inttypes.h>
#include <stdio.h>

// f_PER / (16 * 9600) - 1 = 12.02; BSEL = 12 with BSCALE = 0 gives 9615 baud, 0.16 % fast
#define BSEL 12

static int usart_put(char c, FILE *stream)
{
    (void)stream;
    while (!(USARTC0.STATUS & USART_DREIF_bm))
        ;
    USARTC0.DATA = (uint8_t)c;
    USARTC0.STATUS = USART_TXCIF_bm; // from here TXCIF tells about this character or a later one
    return 0;
}

static FILE usart = FDEV_SETUP_STREAM(usart_put, NULL, _FDEV_SETUP_WRITE);

static void usart_start(void)
{
    PORTC.OUTSET = PIN3_bm; // idle level, before the pin becomes an output
    PORTC.DIRSET = PIN3_bm;
    USARTC0.BAUDCTRLB = 0;
    USARTC0.BAUDCTRLA = BSEL;
    USARTC0.CTRLC = USART_CMODE_ASYNCHRONOUS_gc | USART_PMODE_DISABLED_gc | USART_CHSIZE_8BIT_gc;
    USARTC0.CTRLB = USART_TXEN_bm;
    stdout = &usart;
}

static void usart_drain(void)
{
    while (!(USARTC0.STATUS & USART_TXCIF_bm))
        ;
}

int main(void)
{
    usart_start();

    printf_P(PSTR("Hello from an ATxmega128A1\n"));
    printf_P(PSTR("device id  %02X %02X %02X\n"), MCU.DEVID0, MCU.DEVID1, MCU.DEVID2);
    printf_P(PSTR("decimal    %" PRIu32 " %" PRId32 "\n"), UINT32_C(4294967295), INT32_C(-2147483647));
    printf_P(PSTR("hex        0x%04" PRIx16 " 0x%08" PRIX32 "\n"), (uint16_t)0xbeef, UINT32_C(0xCAFED00D));
    printf_P(PSTR("string     [%8s] [%-8s]\n"), "right", "left");

    usart_drain();
    return 0; // avr-libc's exit: interrupts off, then a jump to itself
}
