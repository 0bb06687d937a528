// Sends back every byte that USARTC0 receives (RXD on PC2, TXD on PC3, 4 Mbaud 8N1 at 32 MHz) by a DMA channel that moves
// it from DATA to DATA, until PD0 goes high. Exit status 1 if bytes were lost. usart-interrupt does it in an interrupt.

#include "../console.h"
#include "../load.h"

int main(void)
{
    clock_32MHz();
    console_start(0, 0);
    USARTC0.CTRLB |= USART_RXEN_bm | USART_CLK2X_bm; // 32 MHz / 8

    uint16_t data = (uint16_t)&USARTC0.DATA;
    DMA.CTRL = DMA_ENABLE_bm;
    DMA.CH0.ADDRCTRL = DMA_CH_SRCRELOAD_NONE_gc | DMA_CH_SRCDIR_FIXED_gc | DMA_CH_DESTRELOAD_NONE_gc | DMA_CH_DESTDIR_FIXED_gc;
    DMA.CH0.TRIGSRC = DMA_CH_TRIGSRC_USARTC0_RXC_gc;
    DMA.CH0.SRCADDR0 = DMA.CH0.DESTADDR0 = (uint8_t)data;
    DMA.CH0.SRCADDR1 = DMA.CH0.DESTADDR1 = (uint8_t)(data >> 8);
    DMA.CH0.SRCADDR2 = DMA.CH0.DESTADDR2 = 0;
    DMA.CH0.TRFCNT = 1;
    DMA.CH0.REPCNT = 0; // without end
    DMA.CH0.CTRLA = DMA_CH_ENABLE_bm | DMA_CH_REPEAT_bm | DMA_CH_SINGLE_bm | DMA_CH_BURSTLEN_1BYTE_gc;

    PMIC.CTRL = PMIC_LOLVLEN_bm;
    load_start(3000);
    sei();

    while (!(PORTD.IN & PIN0_bm))
        load_work();

    cli();
    return USARTC0.STATUS & USART_BUFOVF_bm ? 1 : 0;
}
