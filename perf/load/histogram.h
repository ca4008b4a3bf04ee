// Latencies in a log-linear histogram: every power of two is cut into 128 equal steps, so a
// percentile is off by less than 0.4 % (half a step of 1/128) whatever its size.
// Knows numbers only. Knows nothing of clocks or connections.
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEP_BITS = 7,
    HISTOGRAM_STEPS = 1 << HISTOGRAM_STEP_BITS,
    HISTOGRAM_SLOTS = (64 - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS,
};

struct histogram {
    uint64_t slots[HISTOGRAM_SLOTS];
    uint64_t count;
    uint64_t max;
    double sum;
};

void histogram_reset(struct histogram *histogram);
void histogram_record(struct histogram *histogram, uint64_t value);

// The value below or at which `share` (0...1) of all records lie; 0 where there is none.
double histogram_percentile(const struct histogram *histogram, double share);

#endif
