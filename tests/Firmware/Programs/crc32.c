// CRC-8, CRC-16 and CRC-32, bit by bit, by nibble and byte tables; Adler-32 and Fletcher-16
#include "conformance.h"

static uint32_t table[256];
static uint8_t data[512];

static NOINLINE void make_table(void)
{
    for (uint16_t i = 0; i < 256; i++)
    {
        uint32_t c = i;
        for (uint8_t k = 0; k < 8; k++)
            c = c & 1 ? UINT32_C(0xEDB88320) ^ c >> 1 : c >> 1;
        table[i] = c;
    }
}

static NOINLINE uint32_t crc32_bits(const uint8_t *p, uint16_t n)
{
    uint32_t c = UINT32_C(0xFFFFFFFF);
    while (n--)
    {
        c ^= *p++;
        for (uint8_t k = 0; k < 8; k++)
            c = (c >> 1) ^ (UINT32_C(0xEDB88320) & (0 - (c & 1)));
    }
    return ~c;
}

static NOINLINE uint32_t crc32_nibbles(const uint8_t *p, uint16_t n)
{
    uint32_t c = UINT32_C(0xFFFFFFFF);
    while (n--)
    {
        c ^= *p++;
        c = c >> 4 ^ table[(uint8_t)(c & 15) << 4];
        c = c >> 4 ^ table[(uint8_t)(c & 15) << 4];
    }
    return ~c;
}

static NOINLINE uint32_t crc32_bytes(const uint8_t *p, uint16_t n)
{
    uint32_t c = UINT32_C(0xFFFFFFFF);
    while (n--)
        c = table[(uint8_t)(c ^ *p++)] ^ c >> 8;
    return ~c;
}

static NOINLINE uint32_t crc32_msb_first(const uint8_t *p, uint16_t n)
{
    uint32_t c = UINT32_C(0xFFFFFFFF);
    while (n--)
    {
        c ^= (uint32_t)*p++ << 24;
        for (uint8_t k = 0; k < 8; k++)
            c = c & UINT32_C(0x80000000) ? c << 1 ^ UINT32_C(0x04C11DB7) : c << 1;
    }
    return c;
}

static NOINLINE uint16_t crc16_ccitt(const uint8_t *p, uint16_t n)
{
    uint16_t c = 0xFFFF;
    while (n--)
    {
        c ^= (uint16_t)((uint16_t)*p++ << 8);
        for (uint8_t k = 0; k < 8; k++)
            c = c & 0x8000 ? (uint16_t)(c << 1) ^ 0x1021 : (uint16_t)(c << 1);
    }
    return c;
}

static NOINLINE uint8_t crc8(const uint8_t *p, uint16_t n)
{
    uint8_t c = 0;
    while (n--)
    {
        c ^= *p++;
        for (uint8_t k = 0; k < 8; k++)
            c = c & 0x80 ? (uint8_t)((uint8_t)(c << 1) ^ 0x07) : (uint8_t)(c << 1);
    }
    return c;
}

static NOINLINE uint32_t adler32(const uint8_t *p, uint16_t n)
{
    uint32_t a = 1, b = 0;
    while (n--)
    {
        a = (a + *p++) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static NOINLINE uint16_t fletcher16(const uint8_t *p, uint16_t n)
{
    uint16_t a = 0, b = 0;
    while (n--)
    {
        a = (uint16_t)((a + *p++) % 255);
        b = (uint16_t)((b + a) % 255);
    }
    return (uint16_t)(b << 8 | a);
}

static void all(const uint8_t *p, uint16_t n)
{
    line32("crc32 bits", crc32_bits(p, n));
    line32("crc32 nibbles", crc32_nibbles(p, n));
    line32("crc32 bytes", crc32_bytes(p, n));
    line32("crc32 msb first", crc32_msb_first(p, n));
    line32("crc16 ccitt", crc16_ccitt(p, n));
    line32("crc8", crc8(p, n));
    line32("adler32", adler32(p, n));
    line32("fletcher16", fletcher16(p, n));
}

int main(void)
{
    static const char check[] = "123456789"; // the catalogue's check input: CRC-32 is cbf43926
    begin("crc32");
    make_table();
    for (uint16_t i = 0; i < 256; i++)
        fold32(table[i]);
    mark("table");
    all((const uint8_t *)check, 9);
    for (uint16_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)random32();
    all(data, sizeof data);
    for (uint16_t i = 0; i < 200; i++)
        fold32(crc32_bytes(data + i, (uint16_t)(i & 31)));
    mark("pieces");
    return finish();
}
