// Constants in flash: LPM below 64 KiB, ELPM beyond. Section .fardata starts at byte 0x1F800 and ends
// beyond 0x20000, so that reads cross from one 64 KiB bank into the next.
#include "conformance.h"

#ifdef __AVR__
#include <avr/pgmspace.h>
#define FARDATA __attribute__((section(".fardata"), used))
#define FAR_ADDRESS(x) pgm_get_far_address(x)
#else // the host has one memory: an address is an address
#define PROGMEM
#define FARDATA
#define FAR_ADDRESS(x) ((uintptr_t)&(x))
#define pgm_read_byte(p) (*(const uint8_t *)(p))
#define pgm_read_word(p) (*(const uint16_t *)(p))
#define pgm_read_dword(p) (*(const uint32_t *)(p))
#define pgm_read_byte_far(a) (*(const uint8_t *)(a))
#define pgm_read_word_far(a) (*(const uint16_t *)(a))
#define pgm_read_dword_far(a) (*(const uint32_t *)(a))
#define pgm_read_float_far(a) (*(const float *)(a))
#define memcpy_P memcpy
#define memcmp_P memcmp
#define strcpy_P strcpy
#define strcmp_P strcmp
#define strlen_P strlen
#define strstr_P strstr
#define memcpy_PF(to, a, n) memcpy(to, (const void *)(a), n)
#define strcpy_PF(to, a) strcpy(to, (const char *)(a))
#define strlen_PF(a) strlen((const char *)(a))
#define strcmp_PF(s, a) strcmp(s, (const char *)(a))
#define strncmp_PF(s, a, n) strncmp(s, (const char *)(a), n)
#define strcat_PF(to, a) strcat(to, (const char *)(a))
#define memcmp_PF(s, a, n) memcmp(s, (const void *)(a), n)
#endif

#if UINTPTR_MAX > 0xFFFF
typedef uintptr_t FarAddress;
#else
typedef uint32_t FarAddress;
#endif

#define REPEAT4(x) x, x + 1, x + 2, x + 3
#define REPEAT16(x) REPEAT4(x), REPEAT4(x + 4), REPEAT4(x + 8), REPEAT4(x + 12)
#define REPEAT64(x) REPEAT16(x), REPEAT16(x + 16), REPEAT16(x + 32), REPEAT16(x + 48)

static const uint8_t near_bytes[64] PROGMEM = { REPEAT64(100) };
static const uint16_t near_words[16] PROGMEM = { REPEAT16(0x1234) };
static const uint32_t near_longs[16] PROGMEM = { REPEAT16(UINT32_C(0xDEADBEE0)) };
static const char near_text[] PROGMEM = "text in flash, near";

typedef struct
{
    uint8_t bytes[1024]; // the linker starts the section at 0x1F800
    uint16_t words[256];
    uint32_t longs[64];
    uint8_t bridge[512]; // lies across 0x20000
    float floats[4];
    char text[24];
} FarData;

#define W256(x) REPEAT64(x), REPEAT64(x + 64), REPEAT64(x + 128), REPEAT64(x + 192)
#define B256 W256(0)

static const FarData far_data FARDATA = {
    .bytes = { B256, B256, B256, B256 },
    .words = { W256(0xC000) },
    .longs = { REPEAT64(UINT32_C(0x80000000)) },
    .bridge = { B256, B256 },
    .floats = { 1.5f, -2.25f, 1e10f, 0.1f },
    .text = "text in flash, far away",
};

static char buffer[600];

static uint32_t sign(int n)
{
    return n < 0 ? UINT32_C(0xFFFFFFFF) : n > 0;
}

// avr-libc 2.0's strlen_PF leaves RAMPZ changed: it puts it back from a register that holds the length
// by then. On XMEGA every later load through Z would miss the SRAM, so RAMPZ is cleared at once.
static NOINLINE uint32_t far_length(FarAddress text)
{
    size_t length = strlen_PF(text);
#ifdef __AVR__
    __asm__ volatile("out %0, __zero_reg__" : : "I"(_SFR_IO_ADDR(RAMPZ)) : "memory");
#endif
    return (uint32_t)length;
}

static NOINLINE void near(void)
{
    for (uint8_t i = 0; i < 64; i++)
        fold8(pgm_read_byte(&near_bytes[i]));
    for (uint8_t i = 0; i < 16; i++)
    {
        fold32(pgm_read_word(&near_words[i]));
        fold32(pgm_read_dword(&near_longs[i]));
    }
    mark("near");
    line32("byte", pgm_read_byte(&near_bytes[entropy & 63]));
    line32("word", pgm_read_word(&near_words[entropy & 15]));
    line32("long", pgm_read_dword(&near_longs[entropy & 15]));
    strcpy_P(buffer, near_text);
    line_text("strcpy_P", buffer);
    line32("strlen_P", (uint32_t)strlen_P(near_text));
    line32("strcmp_P", sign(strcmp_P("text in flash", near_text)));
    line32("memcmp_P", sign(memcmp_P(buffer, near_text, 10)));
    line32("strstr_P", (uint32_t)(strstr_P("a long text in flash, near the end", near_text) != NULL));
    memcpy_P(buffer, near_longs, sizeof near_longs);
    for (uint8_t i = 0; i < sizeof near_longs; i++)
        fold8((uint8_t)buffer[i]);
    mark("memcpy_P");
}

static NOINLINE void far(void)
{
    FarAddress bytes = FAR_ADDRESS(far_data.bytes), words = FAR_ADDRESS(far_data.words);
    FarAddress longs = FAR_ADDRESS(far_data.longs), bridge = FAR_ADDRESS(far_data.bridge);
    FarAddress floats = FAR_ADDRESS(far_data.floats), text = FAR_ADDRESS(far_data.text);

#ifdef __AVR__
    bool placed = bytes >= 0x10000 && bridge < 0x20000 && bridge + 512 > 0x20000;
#else
    bool placed = true;
#endif
    line32("far is far", placed);

    for (uint16_t i = 0; i < 1024; i++)
        fold8(pgm_read_byte_far(bytes + i));
    mark("far bytes");
    for (uint16_t i = 0; i < 256; i++)
        fold32(pgm_read_word_far(words + 2 * i));
    mark("far words");
    for (uint16_t i = 0; i < 64; i++)
        fold32(pgm_read_dword_far(longs + 4 * i));
    mark("far longs");
    for (uint16_t i = 0; i < 512; i++)
        fold8(pgm_read_byte_far(bridge + i));
    mark("bridge bytes");
    // every word and long that touches the end of the bank, unaligned ones too
    for (uint16_t i = 240; i < 272; i++)
    {
        uint16_t w = pgm_read_byte_far(bridge + i);
        w |= (uint16_t)((uint16_t)pgm_read_byte_far(bridge + i + 1) << 8);
        fold32(w);
    }
    for (uint16_t i = 0; i + 4 <= 512; i += 4)
        fold32(pgm_read_dword_far(bridge + i));
    mark("bridge longs");
    for (uint8_t i = 0; i < 4; i++)
    {
        float f = pgm_read_float_far(floats + 4 * i);
        uint32_t u;
        memcpy(&u, &f, sizeof u);
        line32("float", u);
    }

    memcpy_PF(buffer, bridge, 512);
    for (uint16_t i = 0; i < 512; i++)
        fold8((uint8_t)buffer[i]);
    mark("memcpy_PF");
    line32("memcmp_PF", sign(memcmp_PF(buffer, bridge, 512)));
    buffer[300]++;
    line32("memcmp_PF", sign(memcmp_PF(buffer, bridge, 512)));
    strcpy_PF(buffer, text);
    line_text("strcpy_PF", buffer);
    line32("strlen_PF", far_length(text));
    line32("strcmp_PF", sign(strcmp_PF(buffer, text)));
    line32("strcmp_PF", sign(strcmp_PF("text in flash, far", text)));
    line32("strncmp_PF", sign(strncmp_PF("text in flash, near", text, 15)));
    strcat_PF(buffer, text + 13);
    line_text("strcat_PF", buffer);
}

#ifdef __AVR__
// gcc's 24-bit pointers: flash and SRAM by bit 23, reads by libgcc's __xload
typedef const __memx uint8_t *Anywhere;
#else
typedef const uint8_t *Anywhere;
#endif

static NOINLINE uint32_t anywhere(Anywhere p, uint16_t n)
{
    uint32_t sum = 0;
    while (n--)
        sum = sum * 31 + *p++;
    return sum;
}

int main(void)
{
    begin("pgmspace");
    near();
    far();
    for (uint16_t i = 0; i < 64; i++)
        buffer[i] = (char)(uint8_t)random32();
    line32("sram", anywhere((Anywhere)(const uint8_t *)buffer, 64));
#ifdef __AVR__
    line32("near", anywhere((Anywhere)(__uint24)(uint16_t)near_bytes, 64));
    line32("far", anywhere((Anywhere)(__uint24)FAR_ADDRESS(far_data.bytes), 1024));
    line32("bridge", anywhere((Anywhere)(__uint24)FAR_ADDRESS(far_data.bridge), 512));
#else
    line32("near", anywhere(near_bytes, 64));
    line32("far", anywhere(far_data.bytes, 1024));
    line32("bridge", anywhere(far_data.bridge, 512));
#endif
    return finish();
}
