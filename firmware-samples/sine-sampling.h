// The job of the pair adc-interrupt and adc-event-dma: 256 samples of the voltage between PA1 and PA2, one
// every millisecond, while the CPU sleeps as much as it can.

#ifndef SINE_SAMPLING_H
#define SINE_SAMPLING_H

#include "console.h"
#include "load.h"
#include <avr/sleep.h>
#include <stddef.h>

#define SAMPLES       256
#define SAMPLE_PERIOD 2000 // clk_PER cycles of 2 MHz

// Where --dump 0x3000:512 shows them.
#define samples ((volatile int16_t *)0x3000)

static volatile uint8_t done;

static uint8_t production_signature(uint8_t offset)
{
    NVM.CMD = NVM_CMD_READ_CALIB_ROW_gc;
    uint8_t value = pgm_read_byte(offset);
    NVM.CMD = NVM_CMD_NO_OPERATION_gc;
    return value;
}

// 12 bits signed, PA1 against PA2, 1 V reference, clk_ADC 500 kHz.
static void adc_start(void)
{
    ADCA.CALL = production_signature(offsetof(NVM_PROD_SIGNATURES_t, ADCACAL0));
    ADCA.CALH = production_signature(offsetof(NVM_PROD_SIGNATURES_t, ADCACAL1));
    ADCA.CTRLB = ADC_CONMODE_bm | ADC_RESOLUTION_12BIT_gc;
    ADCA.REFCTRL = ADC_REFSEL_INT1V_gc;
    ADCA.PRESCALER = ADC_PRESCALER_DIV4_gc;
    ADCA.CH0.CTRL = ADC_CH_INPUTMODE_DIFF_gc;
    ADCA.CH0.MUXCTRL = ADC_CH_MUXPOS_PIN1_gc | ADC_CH_MUXNEG_PIN2_gc;
    ADCA.CTRLA = ADC_ENABLE_bm;
    for (uint8_t i = 0; i < 40; i++) // at least 24 clk_ADC
        __asm__ volatile("nop");
}

// Sleeps until the samples are there; an unrelated interrupt comes every 20,011 cycles.
static void wait_for_samples(void)
{
    TCC0.PER = SAMPLE_PERIOD - 1;
    load_start(20011);
    PMIC.CTRL = PMIC_LOLVLEN_bm;
    set_sleep_mode(SLEEP_MODE_IDLE);
    sleep_enable();
    TCC0.CTRLA = TC_CLKSEL_DIV1_gc;
    cli();
    while (!done) {
        sei();
        sleep_cpu();
        cli();
    }
    TCC0.CTRLA = TC_CLKSEL_OFF_gc;
    load_stop();
}

static void print_range(void)
{
    int16_t lowest = INT16_MAX, highest = INT16_MIN;
    for (uint16_t i = 0; i < SAMPLES; i++) {
        if (samples[i] < lowest)
            lowest = samples[i];
        if (samples[i] > highest)
            highest = samples[i];
    }
    console_start_2MHz();
    printf_P(PSTR("%u samples, %d to %d\n"), SAMPLES, lowest, highest);
    console_drain();
}

#endif
