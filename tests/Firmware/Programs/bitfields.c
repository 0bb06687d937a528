// Bit-fields, unions, packed structures, structures by value
#include "conformance.h"

typedef union
{
    struct
    {
        uint8_t a : 1;
        uint8_t b : 2;
        uint8_t c : 3;
        uint8_t d : 2;
    } part;
    uint8_t whole;
} Eight;

typedef union
{
    struct
    {
        uint16_t low : 5;
        uint16_t middle : 6;
        uint16_t high : 5;
    } part;
    uint16_t whole;
} Sixteen;

typedef union
{
    struct
    {
        uint32_t a : 3;
        uint32_t b : 7;
        uint32_t c : 11;
        uint32_t d : 1;
        uint32_t e : 10;
    } part;
    uint32_t whole;
} ThirtyTwo;

typedef struct
{
    int8_t a : 3;
    int8_t b : 5;
    int16_t c : 9;
    int16_t d : 7;
    int32_t e : 17;
    int32_t f : 15;
} Signed;

typedef struct __attribute__((packed))
{
    uint8_t tag;
    uint16_t length;
    uint32_t id;
    uint8_t body[5];
    int16_t trailer;
} Packet;

typedef struct
{
    int16_t x, y;
} Point;

typedef struct
{
    Point corner[4];
    uint32_t id;
} Shape;

static NOINLINE Point plus(Point a, Point b)
{
    return (Point){ (int16_t)(a.x + b.x), (int16_t)(a.y + b.y) };
}

static NOINLINE Shape moved(Shape s, Point by)
{
    for (uint8_t i = 0; i < 4; i++)
        s.corner[i] = plus(s.corner[i], by);
    s.id++;
    return s;
}

static NOINLINE void eight(uint8_t value)
{
    Eight e = { .whole = value };
    fold8(e.part.a);
    fold8(e.part.b);
    fold8(e.part.c);
    fold8(e.part.d);
    e.part.c = (uint8_t)(e.part.c + 1) & 7;
    e.part.a ^= 1;
    e.part.d--;
    fold8(e.whole);
    count++;
}

static NOINLINE void sixteen(uint16_t value)
{
    Sixteen s = { .whole = value };
    fold32(s.part.low);
    fold32(s.part.middle);
    fold32(s.part.high);
    s.part.middle++;
    s.part.low = s.part.high;
    s.part.high = (uint16_t)(value & 31);
    fold32(s.whole);
}

static NOINLINE void thirty_two(uint32_t value)
{
    ThirtyTwo t = { .whole = value };
    fold32(t.part.a);
    fold32(t.part.b);
    fold32(t.part.c);
    fold32(t.part.d);
    fold32(t.part.e);
    t.part.c += 3;
    t.part.d = !t.part.d;
    t.part.e = (t.part.b * 9u) & 0x3FF;
    fold32(t.whole);
}

static NOINLINE void signs(uint32_t r)
{
    Signed s;
    s.a = (int8_t)((int8_t)(r & 7) - 4);
    s.b = (int8_t)((int8_t)(r >> 3 & 31) - 16);
    s.c = (int16_t)((int16_t)(r >> 8 & 511) - 256);
    s.d = (int16_t)((int16_t)(r >> 17 & 127) - 64);
    s.e = (int32_t)(r >> 7 & 0x1FFFF) - 65536;
    s.f = (int32_t)(r >> 11 & 0x7FFF) - 16384;
    fold32((uint32_t)(int32_t)s.a);
    fold32((uint32_t)(int32_t)s.b);
    fold32((uint32_t)(int32_t)s.c);
    fold32((uint32_t)(int32_t)s.d);
    fold32((uint32_t)(int32_t)s.e);
    fold32((uint32_t)(int32_t)s.f);
    fold32((uint32_t)((int32_t)s.a * s.b + (int32_t)s.c * s.d));
    fold32((uint32_t)((s.e < s.f) | (s.a < 0) << 1 | (s.b >= s.d) << 2));
}

int main(void)
{
    begin("bitfields");
    line32("sizes", (uint32_t)sizeof(Eight) << 16 | (uint32_t)sizeof(Sixteen) << 8 | (uint32_t)sizeof(Packet));
    for (uint16_t i = 0; i < 256; i++)
        eight((uint8_t)i);
    mark("eight");
    for (uint16_t i = 0; i < 200; i++)
        sixteen((uint16_t)random32());
    mark("sixteen");
    for (uint16_t i = 0; i < 200; i++)
        thirty_two(random32());
    mark("thirty-two");
    for (uint16_t i = 0; i < 200; i++)
        signs(random32());
    mark("signed");

    Packet p = { .tag = 0x7E, .length = 0x1234, .id = UINT32_C(0xCAFED00D), .body = { 1, 2, 3, 4, 5 }, .trailer = -2 };
    const uint8_t *raw = (const uint8_t *)&p;
    for (uint8_t i = 0; i < sizeof p; i++)
        line32("packet", raw[i]);
    p.id ^= UINT32_C(0x00FF00FF);
    p.length = (uint16_t)(p.length + p.body[3]);
    for (uint8_t i = 0; i < sizeof p; i++)
        fold8(raw[i]);

    Shape s = { .corner = { { 0, 0 }, { 10, 0 }, { 10, 10 }, { 0, 10 } }, .id = 99 };
    for (uint8_t i = 0; i < 30; i++)
    {
        s = moved(s, (Point){ (int16_t)(i * 7 - 50), (int16_t)(random32() & 63) });
        fold32((uint32_t)(int32_t)s.corner[i & 3].x);
        fold32((uint32_t)(int32_t)s.corner[(i + 1) & 3].y);
    }
    line32("shape x", (uint32_t)(int32_t)s.corner[2].x);
    line32("shape y", (uint32_t)(int32_t)s.corner[2].y);
    line32("shape id", s.id);
    return finish();
}
