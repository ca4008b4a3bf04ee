#include "histogram.h"

#include <string.h>

// Values below 128 have a slot each; above, the slot is the exponent and the seven bits that
// follow the leading one.
static unsigned slot_of(uint64_t value) {
    if (value < HISTOGRAM_STEPS) return (unsigned)value;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
    return (shift + 1) * HISTOGRAM_STEPS + (unsigned)(value >> shift) - HISTOGRAM_STEPS;
}

static double middle_of(unsigned slot) {
    if (slot < HISTOGRAM_STEPS) return slot;
    unsigned shift = slot / HISTOGRAM_STEPS - 1;
    uint64_t low = (uint64_t)(slot % HISTOGRAM_STEPS + HISTOGRAM_STEPS) << shift;
    return (double)low + (double)(1ull << shift) / 2;
}

void histogram_reset(struct histogram *histogram) {
    memset(histogram, 0, sizeof *histogram);
}

void histogram_record(struct histogram *histogram, uint64_t value) {
    histogram->slots[slot_of(value)]++;
    histogram->count++;
    histogram->sum += (double)value;
    if (value > histogram->max) histogram->max = value;
}

double histogram_percentile(const struct histogram *histogram, double share) {
    if (histogram->count == 0) return 0;
    uint64_t wanted = (uint64_t)(share * (double)histogram->count + 0.5);
    if (wanted == 0) wanted = 1;
    uint64_t seen = 0;
    for (unsigned slot = 0; slot < HISTOGRAM_SLOTS; slot++) {
        seen += histogram->slots[slot];
        if (seen < wanted) continue;
        double middle = middle_of(slot);
        return middle < (double)histogram->max ? middle : (double)histogram->max;
    }
    return (double)histogram->max;
}
