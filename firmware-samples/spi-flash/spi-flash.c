// Talks to a serial flash of the 25 series on SPIC (SS PC4, MOSI PC5, MISO PC6, SCK PC7): reads its JEDEC id, erases a
// sector, programs a text across two pages, and reads it back.

#include <stdbool.h>
#include <string.h>
#include "../console.h"

#define PAGE_SIZE 256
#define ADDRESS 0x0100F0UL // 16 bytes before the end of a page

static uint8_t exchange(uint8_t byte)
{
    SPIC.DATA = byte;
    while (!(SPIC.STATUS & SPI_IF_bm))
        ;
    return SPIC.DATA;
}

static void select(uint8_t command)
{
    PORTC.OUTCLR = PIN4_bm;
    exchange(command);
}

static void deselect(void)
{
    PORTC.OUTSET = PIN4_bm;
}

static void command_with_address(uint8_t command, uint32_t address)
{
    select(command);
    exchange((uint8_t)(address >> 16));
    exchange((uint8_t)(address >> 8));
    exchange((uint8_t)address);
}

static void enable_writing(void)
{
    select(0x06);
    deselect();
}

// How often the status had to be read.
static uint16_t wait_until_ready(void)
{
    uint16_t polls = 0;
    select(0x05);
    do
        polls++;
    while (exchange(0xFF) & 0x01);
    deselect();
    return polls;
}

static void erase_sector(uint32_t address)
{
    enable_writing();
    command_with_address(0x20, address);
    deselect();
    printf_P(PSTR("erased a sector: ready after %u polls\n"), wait_until_ready());
}

static void write(uint32_t address, const char *data, uint16_t length)
{
    while (length > 0) {
        uint16_t room = PAGE_SIZE - (uint16_t)(address % PAGE_SIZE);
        uint16_t count = length < room ? length : room;
        enable_writing();
        command_with_address(0x02, address);
        for (uint16_t i = 0; i < count; i++)
            exchange((uint8_t)data[i]);
        deselect();
        printf_P(PSTR("programmed %u bytes at 0x%06lX: ready after %u polls\n"), count, address, wait_until_ready());
        address += count;
        data += count;
        length -= count;
    }
}

static void read(uint32_t address, char *data, uint16_t length)
{
    command_with_address(0x03, address);
    while (length-- > 0)
        *data++ = (char)exchange(0xFF);
    deselect();
}

int main(void)
{
    static const char text[] = "written through a shift register, bit by bit";
    char back[sizeof text];

    console_start_2MHz();
    PORTC.OUTSET = PIN4_bm;
    PORTC.DIRSET = PIN4_bm | PIN5_bm | PIN7_bm;
    SPIC.CTRL = SPI_ENABLE_bm | SPI_MASTER_bm | SPI_MODE_0_gc | SPI_CLK2X_bm | SPI_PRESCALER_DIV4_gc; // 1 MHz

    select(0x9F);
    uint8_t maker = exchange(0xFF), type = exchange(0xFF), capacity = exchange(0xFF);
    deselect();
    printf_P(PSTR("JEDEC id %02X %02X %02X: %lu KiB\n"), maker, type, capacity, (1UL << capacity) / 1024);

    erase_sector(ADDRESS);
    write(ADDRESS, text, sizeof text);
    read(ADDRESS, back, sizeof back);
    back[sizeof back - 1] = '\0';
    printf_P(PSTR("read back: %s\n"), back);
    console_drain();
    return strcmp(text, back) == 0 ? 0 : 1;
}
