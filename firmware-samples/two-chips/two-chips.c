// One firmware for two chips on one I2C bus (SDA PC0, SCL PC1, about 100 kHz). PD0 says which one it is. Each sends eight
// messages to the other as master and takes the other's as slave, both whenever they like: now and then they begin
// together, one loses the arbitration and tries again. A slave that is not looking yet holds the clock.

#include <stdbool.h>
#include "../console.h"

#define MESSAGES 8
#define LENGTH 4

static uint8_t own, other;             // addresses
static uint8_t sent, received;         // whole messages
static uint8_t position;               // in the message on its way out
static uint8_t expected;               // place in the message that comes in
static uint8_t lost, refused, errors;  // arbitrations lost, addresses not acknowledged, wrong bytes
static bool sending;

static uint8_t content(uint8_t sender, uint8_t message, uint8_t place)
{
    return (uint8_t)((sender << 6) ^ (message * 37) ^ (place * 11));
}

static void serve_master(void)
{
    uint8_t status = TWIC.MASTER.STATUS;
    if (!sending) {
        if (sent < MESSAGES && (status & TWI_MASTER_BUSSTATE_gm) == TWI_MASTER_BUSSTATE_IDLE_gc) {
            sending = true;
            position = 0;
            TWIC.MASTER.ADDR = (uint8_t)(other << 1);
        }
        return;
    }
    if (!(status & TWI_MASTER_WIF_bm))
        return;
    if (status & (TWI_MASTER_ARBLOST_bm | TWI_MASTER_BUSERR_bm)) {
        lost++;
        sending = false;
        TWIC.MASTER.STATUS = TWI_MASTER_ARBLOST_bm | TWI_MASTER_BUSERR_bm | TWI_MASTER_WIF_bm;
    } else if (status & TWI_MASTER_RXACK_bm) {
        refused++;
        sending = false;
        TWIC.MASTER.CTRLC = TWI_MASTER_CMD_STOP_gc;
    } else if (position < LENGTH) {
        TWIC.MASTER.DATA = content(own, sent, position++);
    } else {
        sent++;
        sending = false;
        TWIC.MASTER.CTRLC = TWI_MASTER_CMD_STOP_gc;
    }
}

static void serve_slave(void)
{
    uint8_t status = TWIC.SLAVE.STATUS;
    if (status & TWI_SLAVE_APIF_bm) {
        expected = 0;
        TWIC.SLAVE.CTRLB = TWI_SLAVE_CMD_RESPONSE_gc;
    } else if (status & TWI_SLAVE_DIF_bm) {
        if (TWIC.SLAVE.DATA != content(other, received, expected))
            errors++;
        if (++expected == LENGTH)
            received++;
        TWIC.SLAVE.CTRLB = TWI_SLAVE_CMD_RESPONSE_gc;
    }
}

int main(void)
{
    console_start_2MHz();
    own = 1 + (PORTD.IN & PIN0_bm);
    other = 3 - own; // without a branch: both chips begin in the same cycle

    PORTC.PIN0CTRL = PORTC.PIN1CTRL = PORT_OPC_WIREDANDPULL_gc;
    TWIC.SLAVE.ADDR = (uint8_t)(own << 1);
    TWIC.SLAVE.CTRLA = TWI_SLAVE_ENABLE_bm;
    TWIC.MASTER.BAUD = 5;
    TWIC.MASTER.CTRLA = TWI_MASTER_ENABLE_bm;
    TWIC.MASTER.STATUS = TWI_MASTER_BUSSTATE_IDLE_gc;

    while (sent < MESSAGES || received < MESSAGES) {
        serve_slave();
        serve_master();
    }

    printf_P(PSTR("chip %u: %u messages sent, %u received, %u arbitrations lost, %u refused, %u wrong bytes\n"), own, sent, received, lost, refused, errors);
    console_drain();
    return errors ? 1 : 0;
}
