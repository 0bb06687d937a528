// A serial boot loader: receives an Intel HEX file over USARTC0 (115200 baud 8N1, RXD on PC2, TXD on PC3),
// writes it to the application section page by page, and starts it. It lives in the boot section, from where
// SPM works, and goes on receiving while a page is written: the application section is read-while-write.

#define F_CPU 32000000UL

#include "../console.h"
#include <avr/fuse.h>
#include <stdbool.h>
#include <util/delay.h>

// BOOTRST programmed: reset goes to the boot section. The other bytes are the factory's.
FUSES = {
    .FUSEBYTE0 = 0x00,
    .FUSEBYTE1 = 0x00,
    .FUSEBYTE2 = 0xBF,
    .FUSEBYTE4 = 0xFE,
    .FUSEBYTE5 = 0xFF,
};

#define PAGE APP_SECTION_PAGE_SIZE
#define NO_PAGE 0xFFFFFFFF
#define PATIENCE_MS 250 // for the first character, when there is an application to start

static uint8_t ring[256]; // characters that come while a page is written: at most 140 in 12 ms
static uint8_t head, tail;

static uint8_t page[PAGE];
static uint32_t page_address = NO_PAGE;
static uint32_t written;

static void listen(void)
{
    if (USARTC0.STATUS & USART_RXCIF_bm)
        ring[head++] = USARTC0.DATA;
}

static uint8_t receive(void)
{
    while (head == tail)
        listen();
    return ring[tail++];
}

static void spm(uint8_t command, uint32_t address, uint16_t word)
{
    NVM.CMD = command;
    RAMPZ = (uint8_t)(address >> 16);
    __asm__ volatile("movw r0, %[word]\n\t"
                     "out %[ccp], %[signature]\n\t"
                     "spm\n\t"
                     "clr r1\n\t"
                     :
                     : [word] "r"(word), [ccp] "I"(_SFR_IO_ADDR(CCP)), [signature] "d"((uint8_t)CCP_SPM_gc), "z"((uint16_t)address)
                     : "r0");
}

static void wait_for_flash(void)
{
    while (NVM.STATUS & NVM_NVMBUSY_bm)
        listen();
    NVM.CMD = NVM_CMD_NO_OPERATION_gc;
}

static void write_page(void)
{
    if (page_address == NO_PAGE)
        return;
    wait_for_flash();
    for (uint16_t i = 0; i < PAGE; i += 2) {
        spm(NVM_CMD_LOAD_FLASH_BUFFER_gc, page_address + i, page[i] | (uint16_t)page[i + 1] << 8);
        listen();
    }
    spm(NVM_CMD_ERASE_WRITE_APP_PAGE_gc, page_address, 0);
    page_address = NO_PAGE;
}

// The page as it is now: what a file leaves out stays.
static void open_page(uint32_t address)
{
    write_page();
    wait_for_flash();
    for (uint16_t i = 0; i < PAGE; i++) {
        page[i] = pgm_read_byte_far(address + i);
        listen();
    }
    page_address = address;
}

static void put(uint32_t address, uint8_t value)
{
    uint32_t of = address & ~(uint32_t)(PAGE - 1);
    if (of != page_address)
        open_page(of);
    page[address - of] = value;
    written++;
}

static uint8_t sum;

static uint8_t digit(void)
{
    uint8_t c = receive();
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static uint8_t byte(void)
{
    uint8_t high = digit();
    uint8_t value = (uint8_t)(high << 4) | digit();
    sum += value;
    return value;
}

// The file up to its last record. False: a checksum is wrong, or an address is not the application's.
static bool load(void)
{
    uint32_t base = 0;
    for (;;) {
        while (receive() != ':')
            ;
        sum = 0;
        uint8_t length = byte();
        uint16_t offset = (uint16_t)byte() << 8;
        offset |= byte();
        uint8_t type = byte();
        uint8_t data[255];
        for (uint8_t i = 0; i < length; i++)
            data[i] = byte();
        byte();
        if (sum != 0)
            return false;
        switch (type) {
        case 0:
            if (base + offset + length > APP_SECTION_SIZE)
                return false;
            for (uint8_t i = 0; i < length; i++)
                put(base + offset + i, data[i]);
            break;
        case 1:
            write_page();
            wait_for_flash();
            return true;
        case 2:
            base = ((uint32_t)data[0] << 8 | data[1]) << 4;
            break;
        case 4:
            base = ((uint32_t)data[0] << 8 | data[1]) << 16;
            break;
        }
    }
}

static bool somebody_sends(void)
{
    for (uint16_t ms = 0; ms < PATIENCE_MS && head == tail; ms++) {
        for (uint8_t i = 0; i < 20; i++) {
            listen();
            _delay_us(50);
        }
    }
    return head != tail;
}

// The application finds the chip as after a reset.
static void start(void)
{
    console_drain();
    USARTC0.CTRLB = 0;
    USARTC0.CTRLC = USART_CHSIZE_8BIT_gc;
    USARTC0.BAUDCTRLA = USARTC0.BAUDCTRLB = 0;
    USARTC0.STATUS = USART_TXCIF_bm;
    PORTC.DIR = PORTC.OUT = 0;
    _PROTECTED_WRITE(CLK.CTRL, CLK_SCLKSEL_RC2M_gc);
    OSC.CTRL = OSC_RC2MEN_bm;
    EIND = 0;
    RAMPZ = 0;
    __asm__ volatile("jmp 0");
}

int main(void)
{
    clock_32MHz();
    console_start_32MHz();
    USARTC0.CTRLB |= USART_RXEN_bm;
    printf("boot loader: send an Intel HEX file\n");
    bool empty = pgm_read_word_far(0) == 0xFFFF;
    if (empty || somebody_sends()) {
        while (!load())
            printf("bad file, send it again\n");
        printf("%" PRIu32 " bytes written\n", written);
    }
    printf("starting\n");
    start();
    return 0;
}
