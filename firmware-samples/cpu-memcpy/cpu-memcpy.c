// Copies within SRAM by the CPU: avr-libc's memcpy. dma-memcpy does the same with a DMA channel.

#include "../copies.h"

static void copy(void)
{
    memcpy(target, source, COPY_BYTES);
}

int main(void)
{
    console_start_2MHz();
    uint8_t wrong = make_copies();
    console_drain();
    return wrong;
}
