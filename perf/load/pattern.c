#include "pattern.h"

#include <string.h>

enum { SAMPLE_BYTES = 256 };

static uint8_t table[PATTERN_PERIOD + PATTERN_PIECE_MAX];

// SplitMix64 (Steele, Lea, Flood, 2014): any good mixer would do, the seed is fixed so that both
// ends of a split run have the same table.
static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

void pattern_prepare(void) {
    uint64_t state = 1;
    for (size_t index = 0; index < PATTERN_PERIOD; index++) {
        table[index] = (uint8_t)next_random(&state);
    }
    // Repeated once and a bit, so that the longest piece is in one run from any start.
    for (size_t index = PATTERN_PERIOD; index < sizeof table; index++) {
        table[index] = table[index - PATTERN_PERIOD];
    }
}

const uint8_t *pattern_at(uint64_t seed, uint64_t position) {
    return table + (seed + position) % PATTERN_PERIOD;
}

// Order counts, and equal pieces do not cancel one another as they would under a plain sum or xor.
static uint64_t fold(uint64_t checksum, const uint8_t *bytes, size_t count) {
    const uint64_t odd = 0x9e3779b97f4a7c15ull;
    uint64_t word;
    for (; count >= sizeof word; bytes += sizeof word, count -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        checksum = (checksum ^ word) * odd;
    }
    for (; count > 0; bytes++, count--) {
        checksum = (checksum ^ *bytes) * odd;
    }
    return checksum ^ checksum >> 32;
}

static bool compare(const uint8_t *expected, const uint8_t *bytes, size_t count,
                    struct pattern_result *result) {
    result->checksum = fold(result->checksum, bytes, count);
    result->checked_bytes += count;
    return memcmp(expected, bytes, count) == 0;
}

bool pattern_matches(uint64_t seed, uint64_t position, const uint8_t *bytes, size_t count,
                     enum pattern_depth depth, struct pattern_result *result) {
    const uint8_t *expected = pattern_at(seed, position);
    if (depth == PATTERN_FULL || count <= 3 * SAMPLE_BYTES) {
        return compare(expected, bytes, count, result);
    }
    size_t last = count - SAMPLE_BYTES;
    size_t wandering = (size_t)(position * 31 % last);
    bool first_is_right = compare(expected, bytes, SAMPLE_BYTES, result);
    bool middle_is_right = compare(expected + wandering, bytes + wandering, SAMPLE_BYTES, result);
    bool last_is_right = compare(expected + last, bytes + last, SAMPLE_BYTES, result);
    return first_is_right && middle_is_right && last_is_right;
}
