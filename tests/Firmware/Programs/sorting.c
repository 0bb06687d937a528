// Insertion, shell, heap and quick sort against avr-libc's qsort and bsearch
#include "conformance.h"
#include <stdlib.h>

#define N 200
static uint32_t original[N], work[N], sorted[N];

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int compare_down(const void *a, const void *b)
{
    return compare(b, a);
}

static NOINLINE void insertion_sort(uint32_t *v, int16_t n)
{
    for (int16_t i = 1; i < n; i++)
    {
        uint32_t x = v[i];
        int16_t k = (int16_t)(i - 1);
        for (; k >= 0 && v[k] > x; k--)
            v[k + 1] = v[k];
        v[k + 1] = x;
    }
}

static NOINLINE void shell_sort(uint32_t *v, int16_t n)
{
    for (int16_t gap = 121; gap > 0; gap = (int16_t)(gap / 3))
        for (int16_t i = gap; i < n; i++)
        {
            uint32_t x = v[i];
            int16_t k = i;
            for (; k >= gap && v[k - gap] > x; k = (int16_t)(k - gap))
                v[k] = v[k - gap];
            v[k] = x;
        }
}

static NOINLINE void sift(uint32_t *v, int16_t root, int16_t n)
{
    for (int16_t child; (child = (int16_t)(2 * root + 1)) < n; root = child)
    {
        if (child + 1 < n && v[child] < v[child + 1])
            child++;
        if (v[root] >= v[child])
            return;
        uint32_t t = v[root];
        v[root] = v[child];
        v[child] = t;
    }
}

static NOINLINE void heap_sort(uint32_t *v, int16_t n)
{
    for (int16_t i = (int16_t)(n / 2 - 1); i >= 0; i--)
        sift(v, i, n);
    for (int16_t end = (int16_t)(n - 1); end > 0; end--)
    {
        uint32_t t = v[0];
        v[0] = v[end];
        v[end] = t;
        sift(v, 0, end);
    }
}

static NOINLINE void quick_sort(uint32_t *v, int16_t low, int16_t high)
{
    if (low >= high)
        return;
    uint32_t pivot = v[(low + high) / 2];
    int16_t i = low, k = high;
    while (i <= k)
    {
        while (v[i] < pivot)
            i++;
        while (v[k] > pivot)
            k--;
        if (i <= k)
        {
            uint32_t t = v[i];
            v[i++] = v[k];
            v[k--] = t;
        }
    }
    quick_sort(v, low, k);
    quick_sort(v, i, high);
}

static void report(const char *name)
{
    put_text(name);
    put_text(memcmp(work, sorted, sizeof work) == 0 ? " same\n" : " DIFFERENT\n");
    for (int16_t i = 0; i < N; i++)
        fold32(work[i]);
    memcpy(work, original, sizeof work);
}

int main(void)
{
    begin("sorting");
    for (int16_t i = 0; i < N; i++)
        original[i] = i % 5 == 0 ? random32() & 15 : random32();
    memcpy(work, original, sizeof work);
    memcpy(sorted, original, sizeof sorted);
    qsort(sorted, N, sizeof *sorted, compare);
    for (int16_t i = 0; i < N; i += 20)
        line32("sorted", sorted[i]);

    insertion_sort(work, N);
    report("insertion");
    shell_sort(work, N);
    report("shell");
    heap_sort(work, N);
    report("heap");
    quick_sort(work, 0, N - 1);
    report("quick");

    for (int16_t i = 0; i < N; i++)
    {
        uint32_t key = i & 1 ? original[i] : random32();
        uint32_t *found = bsearch(&key, sorted, N, sizeof *sorted, compare);
        fold32(found ? *found : 0);
    }
    mark("bsearch");

    qsort(work, N, sizeof *work, compare_down);
    uint8_t descending = 1;
    for (int16_t i = 1; i < N; i++)
        descending &= work[i - 1] >= work[i];
    line32("descending", descending);

    // strings through pointers
    static const char *const words[] = { "pear", "apple", "fig", "quince", "medlar", "plum", "", "appl", "apples" };
    const char *order[9];
    memcpy(order, words, sizeof order);
    for (uint8_t i = 0; i < 9; i++)
        for (uint8_t k = 0; k + 1 < 9 - i; k++)
            if (strcmp(order[k], order[k + 1]) > 0)
            {
                const char *t = order[k];
                order[k] = order[k + 1];
                order[k + 1] = t;
            }
    for (uint8_t i = 0; i < 9; i++)
        line_text("word", order[i]);
    return finish();
}
