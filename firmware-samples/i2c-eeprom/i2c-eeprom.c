// Talks to a serial EEPROM 24C256 at 0x50 on TWIC (SDA PC0, SCL PC1, 100 kHz): writes a text within a page, shows that
// a page wraps, and reads back. While it writes the EEPROM does not answer.

#include <stdbool.h>
#include <string.h>
#include "../console.h"

#define DEVICE (0x50 << 1)
#define READ 1

static bool wait(void)
{
    while (!(TWIC.MASTER.STATUS & (TWI_MASTER_WIF_bm | TWI_MASTER_RIF_bm)))
        ;
    return !(TWIC.MASTER.STATUS & TWI_MASTER_RXACK_bm);
}

static bool begin(uint8_t address)
{
    TWIC.MASTER.ADDR = address;
    return wait();
}

static void stop(void)
{
    TWIC.MASTER.CTRLC = TWI_MASTER_CMD_STOP_gc;
    while ((TWIC.MASTER.STATUS & TWI_MASTER_BUSSTATE_gm) != TWI_MASTER_BUSSTATE_IDLE_gc)
        ;
}

static bool put(uint8_t byte)
{
    TWIC.MASTER.DATA = byte;
    return wait();
}

static void begin_when_ready(void)
{
    uint16_t polls = 1;
    while (!begin(DEVICE)) {
        stop();
        polls++;
    }
    if (polls > 1)
        printf_P(PSTR("it was writing: answered at poll %u\n"), polls);
}

static void write(uint16_t address, const char *data, uint8_t length)
{
    printf_P(PSTR("write %u bytes at 0x%04X\n"), length, address);
    begin_when_ready();
    put((uint8_t)(address >> 8));
    put((uint8_t)address);
    while (length-- > 0)
        put((uint8_t)*data++);
    stop();
}

static void read(uint16_t address, char *data, uint8_t length)
{
    begin_when_ready();
    put((uint8_t)(address >> 8));
    put((uint8_t)address);
    begin(DEVICE | READ); // a repeated START
    for (;;) {
        *data++ = (char)TWIC.MASTER.DATA;
        if (--length == 0)
            break;
        TWIC.MASTER.CTRLC = TWI_MASTER_CMD_RECVTRANS_gc;
        wait();
    }
    TWIC.MASTER.CTRLC = TWI_MASTER_ACKACT_bm | TWI_MASTER_CMD_STOP_gc;
    while ((TWIC.MASTER.STATUS & TWI_MASTER_BUSSTATE_gm) != TWI_MASTER_BUSSTATE_IDLE_gc)
        ;
}

int main(void)
{
    char back[17] = "";

    console_start_2MHz();
    TWIC.MASTER.BAUD = 5; // 2 MHz / (2 * (5 + 5)) = 100 kHz
    TWIC.MASTER.CTRLA = TWI_MASTER_ENABLE_bm;
    TWIC.MASTER.STATUS = TWI_MASTER_BUSSTATE_IDLE_gc;

    write(0x0100, "hello, eeprom", 13);
    read(0x0100, back, 13);
    printf_P(PSTR("read %s\n"), back);
    bool right = strcmp(back, "hello, eeprom") == 0;

    // Eight bytes from the last four places of a page: the second four go to its beginning.
    write(0x013C, "wrapping", 8);
    read(0x013C, back, 4);
    read(0x0100, back + 4, 13);
    back[16] = '\0';
    printf_P(PSTR("after the wrap %s\n"), back);
    right &= strncmp(back, "wrappingo, eepro", 16) == 0;

    console_drain();
    return right ? 0 : 1;
}
