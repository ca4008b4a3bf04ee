// The bytes that travel. A stream is an endless walk through one table of random bytes; its seed
// says where the walk starts, so two streams differ and a byte is known by its position alone.
// The sender sends straight from the table and the receiver compares with it: neither makes bytes.
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    // 2^18 - 5, a prime: a lost or doubled buffer of any usual size shifts the walk and is seen.
    PATTERN_PERIOD = 262139,
    // The longest piece that can be sent or checked at once.
    PATTERN_PIECE_MAX = 256 * 1024,
};

enum pattern_depth { PATTERN_SAMPLED, PATTERN_FULL };

struct pattern_result {
    uint64_t checksum;
    uint64_t checked_bytes;
};

void pattern_prepare(void);

// At least PATTERN_PIECE_MAX bytes of the stream `seed` from `position` on.
const uint8_t *pattern_at(uint64_t seed, uint64_t position);

// Whether `bytes` are what the stream has at `position`. A sampled check compares the first, the
// last and one wandering block of 256 bytes: a shift, a gap or a foreign buffer shows in each.
// What was compared is folded into `result`.
bool pattern_matches(uint64_t seed, uint64_t position, const uint8_t *bytes, size_t count,
                     enum pattern_depth depth, struct pattern_result *result);

#endif
