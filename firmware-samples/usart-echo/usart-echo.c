// A tiny shell on USARTC0 (RXD on PC2, TXD on PC3, 115200 baud 8N1): it echoes what is typed, answers each line with
// the line in capitals, and sleeps in between. "quit" ends the program.

#include <avr/interrupt.h>
#include <avr/sleep.h>
#include <ctype.h>
#include <string.h>
#include "../console.h"

#define QUEUE_LENGTH 32 // a power of two
#define LINE_LENGTH 64

static volatile char queue[QUEUE_LENGTH];
static volatile uint8_t queue_in, queue_out;

// A full queue leaves the character in the USART until the main program has made room.
ISR(USARTC0_RXC_vect)
{
    if ((uint8_t)(queue_in - queue_out) == QUEUE_LENGTH)
        USARTC0.CTRLA = USART_RXCINTLVL_OFF_gc;
    else
        queue[queue_in++ % QUEUE_LENGTH] = (char)USARTC0.DATA;
}

static char get(void)
{
    cli();
    while (queue_in == queue_out) {
        sleep_enable();
        sei();
        sleep_cpu();
        sleep_disable();
        cli();
    }
    char c = queue[queue_out++ % QUEUE_LENGTH];
    USARTC0.CTRLA = USART_RXCINTLVL_LO_gc;
    sei();
    return c;
}

static void put(char c)
{
    console_put(c, NULL);
}

static void read_line(char *line)
{
    uint8_t length = 0;
    for (;;) {
        char c = get();
        if (c == '\r' || c == '\n') {
            line[length] = '\0';
            return;
        }
        if (c == '\b' || c == 0x7F) {
            if (length > 0) {
                length--;
                printf_P(PSTR("\b \b"));
            }
        } else if (length < LINE_LENGTH) {
            line[length++] = c;
            put(c);
        } else {
            put('\a');
        }
    }
}

int main(void)
{
    char line[LINE_LENGTH + 1];

    console_start_2MHz();
    USARTC0.CTRLA = USART_RXCINTLVL_LO_gc;
    USARTC0.CTRLB |= USART_RXEN_bm;
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    set_sleep_mode(SLEEP_MODE_IDLE);

    printf_P(PSTR("usart-echo: a line comes back in capitals, quit ends\r\n"));
    for (;;) {
        printf_P(PSTR("> "));
        read_line(line);
        printf_P(PSTR("\r\n"));
        if (strcmp(line, "quit") == 0)
            break;
        for (char *c = line; *c; c++)
            put((char)toupper((unsigned char)*c));
        printf_P(PSTR("\r\n"));
    }

    printf_P(PSTR("bye\r\n"));
    console_drain();
    return 0;
}
