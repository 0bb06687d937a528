// string.h, ctype.h, strtol and the printf family, without what depends on the size of int
#include "conformance.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static char buffer[100];

#define PRINT(format, ...)                                                          \
    do                                                                              \
    {                                                                               \
        int n = snprintf(buffer, sizeof buffer, format, __VA_ARGS__);               \
        line_text("printf", buffer);                                                \
        fold32((uint32_t)(int32_t)n);                                               \
    } while (0)

static uint32_t sign(int n)
{
    return n < 0 ? UINT32_C(0xFFFFFFFF) : n > 0;
}

static uint32_t offset(const char *base, const char *p)
{
    return p ? (uint32_t)(p - base) : UINT32_C(0xFFFFFFFF);
}

static NOINLINE void formats(void)
{
    volatile uint32_t u = UINT32_C(3000000000);
    volatile int32_t i = -1234567;
    volatile uint16_t w = 0xBEEF;
    volatile int16_t h = -321;
    const char *volatile s = "xmega";

    PRINT("%" PRIu32, u);
    PRINT("%" PRId32, i);
    PRINT("%" PRIx32, u);
    PRINT("%" PRIX32, u);
    PRINT("%" PRIo32, u);
    PRINT("%" PRIu16, w);
    PRINT("%" PRId16, h);
    PRINT("%" PRIx16, w);
    PRINT("[%12" PRId32 "]", i);
    PRINT("[%-12" PRId32 "]", i);
    PRINT("[%012" PRId32 "]", i);
    PRINT("[%+" PRId16 "]", (int16_t)77);
    PRINT("[% " PRId16 "]", (int16_t)77);
    PRINT("[%#" PRIx16 "]", w);
    PRINT("[%#" PRIo16 "]", w);
    PRINT("[%08" PRIX32 "]", (uint32_t)0xABC);
    PRINT("[%3" PRIu32 "]", u);
    PRINT("%c%c%c", 'a', 'v', 'r');
    PRINT("[%s]", s);
    PRINT("[%10s]", s);
    PRINT("[%-10s]", s);
    PRINT("[%.3s]", s);
    PRINT("[%8.2s]", s);
    PRINT("100%% of %s, %" PRIu16 " of %" PRIu16, s, (uint16_t)3, (uint16_t)4);
    PRINT("%" PRId32 " %" PRId32, INT32_MIN, INT32_MAX);
    PRINT("%" PRId16 " %" PRId16, INT16_MIN, INT16_MAX);
    PRINT("%s", "");

    int n = snprintf(buffer, 6, "%s-%s", s, s); // cut short, and the full length returned
    line_text("cut", buffer);
    fold32((uint32_t)(int32_t)n);
    n = sprintf(buffer, "%" PRIu32 ".%03" PRIu32, u / 1000, u % 1000);
    line_text("sprintf", buffer);
    fold32((uint32_t)(int32_t)n);

    uint16_t a = 0, b = 0;
    uint32_t c = 0;
    char word[8] = "";
    n = sscanf("12 ff seven 70000", "%" SCNu16 " %" SCNx16 " %7s %" SCNu32, &a, &b, word, &c);
    line32("sscanf", (uint32_t)n);
    line32("sscanf", a);
    line32("sscanf", b);
    line_text("sscanf", word);
    line32("sscanf", c);
}

static NOINLINE void searching(void)
{
    const char *volatile hidden = "the quick brown fox jumps over the lazy dog";
    const char *text = hidden;
    line32("strlen", (uint32_t)strlen(text));
    line32("strnlen", (uint32_t)strnlen(text, 10));
    line32("strchr", offset(text, strchr(text, 'q')));
    line32("strchr", offset(text, strchr(text, 'Q')));
    line32("strchr", offset(text, strchr(text, 0)));
    line32("strrchr", offset(text, strrchr(text, 'o')));
    line32("strstr", offset(text, strstr(text, "the l")));
    line32("strstr", offset(text, strstr(text, "cat")));
    line32("strspn", (uint32_t)strspn(text, "eht "));
    line32("strcspn", (uint32_t)strcspn(text, "xyz"));
    line32("strpbrk", offset(text, strpbrk(text, "zyx")));
    line32("memchr", offset(text, memchr(text, 'f', 43)));
    line32("strcmp", sign(strcmp(text, "the quick")));
    line32("strcmp", sign(strcmp("the quick", text)));
    line32("strcmp", sign(strcmp(text, text)));
    line32("strncmp", sign(strncmp(text, "the quiet", 7)));
    line32("strncmp", sign(strncmp(text, "the quiet", 8)));
    line32("strcasecmp", sign(strcasecmp(text, "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG")));
    line32("memcmp", sign(memcmp("\x01\xFF", "\x01\x7F", 2)));
}

static NOINLINE void copying(void)
{
    char *end;
    memset(buffer, '.', sizeof buffer);
    strcpy(buffer, "overlap");
    memmove(buffer + 2, buffer, 8);
    line_text("memmove up", buffer);
    memmove(buffer, buffer + 3, 7);
    line_text("memmove down", buffer);
    const char *volatile letters = "abcdefgh";
    strncpy(buffer, letters, 4);
    line_text("strncpy", buffer);
    strcat(buffer, "+tail");
    line_text("strcat", buffer);
    strncat(buffer, "0123456789", 3);
    line_text("strncat", buffer);
    memset(buffer, 'z', 5);
    line_text("memset", buffer);
    end = memccpy(buffer, "stop; here", ';', 10);
    line32("memccpy", offset(buffer, end));

    strcpy(buffer, "one,two;;three,");
    char *state;
    for (char *token = strtok_r(buffer, ",;", &state); token; token = strtok_r(NULL, ",;", &state))
        line_text("token", token);

    for (uint8_t n = 0; n < 60; n++) // every length and alignment, the neighbours untouched
    {
        char from[64], to[64];
        for (uint8_t i = 0; i < 64; i++)
        {
            from[i] = (char)(uint8_t)random32();
            to[i] = (char)i;
        }
        memcpy(to + (n & 3), from, n);
        for (uint8_t i = 0; i < 64; i++)
            fold8((uint8_t)to[i]);
        count++;
    }
    mark("memcpy");
}

static NOINLINE void numbers(void)
{
    char *end;
    static const char *const texts[] = { "0", "42", "-42", " +7x", "0x1F", "077", "2147483647", "-2147483648", "zz", "1e3", "4294967295" };
    for (uint8_t i = 0; i < 11; i++)
    {
        bool fits = i != 10;
        if (fits)
            line32("strtol 10", (uint32_t)(int32_t)strtol(texts[i], &end, 10));
        else
            line32("strtoul 10", (uint32_t)strtoul(texts[i], &end, 10));
        line32("end", offset(texts[i], end));
        if (fits)
            line32("strtol 0", (uint32_t)(int32_t)strtol(texts[i], &end, 0));
        line32("strtoul 36", (uint32_t)strtoul(texts[i] + (i >= 6), &end, i >= 6 && i != 8 && i != 9 ? 10 : 36));
    }
    line32("atol", (uint32_t)(int32_t)atol("-100000"));
    line32("atoi", (uint32_t)(int32_t)atoi("-321"));
    line32("abs", (uint32_t)(int32_t)abs(-321));
    line32("labs", (uint32_t)labs(-100000));
}

static NOINLINE void characters(void)
{
    for (uint8_t c = 0; c < 128; c++)
        fold32((uint32_t)((isalpha(c) != 0) | (isdigit(c) != 0) << 1 | (isspace(c) != 0) << 2 | (isupper(c) != 0) << 3
            | (ispunct(c) != 0) << 4 | (isxdigit(c) != 0) << 5 | (iscntrl(c) != 0) << 6 | (isprint(c) != 0) << 7)
            | (uint32_t)toupper(c) << 16 | (uint32_t)tolower(c) << 24);
    mark("ctype");
}

int main(void)
{
    begin("strings");
    formats();
    searching();
    copying();
    numbers();
    characters();
    return finish();
}
