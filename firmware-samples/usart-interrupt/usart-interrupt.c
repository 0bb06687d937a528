// Sends back every byte that USARTC0 receives (RXD on PC2, TXD on PC3, 4 Mbaud 8N1 at 32 MHz) in its receive interrupt,
// until PD0 goes high. Exit status 1 if bytes were lost. usart-dma lets a DMA channel do it.

#include "../console.h"
#include "../load.h"

static volatile uint8_t lost;

ISR(USARTC0_RXC_vect)
{
    lost |= USARTC0.STATUS & USART_BUFOVF_bm;
    uint8_t byte = USARTC0.DATA;
    while (!(USARTC0.STATUS & USART_DREIF_bm))
        ;
    USARTC0.DATA = byte;
}

int main(void)
{
    clock_32MHz();
    console_start(0, 0);
    USARTC0.CTRLB |= USART_RXEN_bm | USART_CLK2X_bm; // 32 MHz / 8
    USARTC0.CTRLA = USART_RXCINTLVL_LO_gc;
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    load_start(3000);
    sei();

    while (!(PORTD.IN & PIN0_bm))
        load_work();

    cli();
    return lost ? 1 : 0;
}
