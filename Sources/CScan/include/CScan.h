/* Where in a run of bytes a class of bytes ends, sixteen at a time: Swift's SIMD types compare lane by lane.
 * Knows classes of bytes. Knows nothing of what the bytes mean, and reads none outside its run: the last
 * few of a run are looked at together with those before them, or one by one.
 * Each function answers the index of the first byte from `from` on that is not of its class, or `end`. */
#ifndef SWIVEL_CSCAN_H
#define SWIVEL_CSCAN_H

#include <stddef.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Letters, digits and the fifteen signs of a token (RFC 9110 section 5.6.2). */
static inline int swivel_is_token_byte(uint8_t byte) {
    static const uint64_t sets[4] = {0x03ff6cfa00000000, 0x57ffffffc7fffffe, 0, 0};
    return (int)(sets[byte >> 6] >> (byte & 63) & 1);
}

/* What may stand in a field value, as the plain definition of the vector form below. */
static inline int swivel_is_value_byte(uint8_t byte) { return (byte >= 0x20 && byte != 0x7f) || byte == '\t'; }

/* What may stand in a request target: visible ASCII, but no fragment. */
static inline int swivel_is_target_byte(uint8_t byte) { return byte > 0x20 && byte < 0x7f && byte != '#'; }

static inline size_t swivel_token_end_scalar(const uint8_t *bytes, size_t from, size_t end) {
    while (from < end && swivel_is_token_byte(bytes[from])) { from++; }
    return from;
}

static inline size_t swivel_value_end_scalar(const uint8_t *bytes, size_t from, size_t end) {
    while (from < end && swivel_is_value_byte(bytes[from])) { from++; }
    return from;
}

static inline size_t swivel_target_end_scalar(const uint8_t *bytes, size_t from, size_t end) {
    while (from < end && swivel_is_target_byte(bytes[from])) { from++; }
    return from;
}

static inline size_t swivel_path_end_scalar(const uint8_t *bytes, size_t from, size_t end) {
    while (from < end && swivel_is_target_byte(bytes[from]) && bytes[from] != '?') { from++; }
    return from;
}

/* Letters, digits, hyphens and dots: what nearly every host is made of. */
static inline int swivel_is_plain_host_byte(uint8_t byte) {
    return (uint8_t)((byte | 0x20) - 'a') < 26 || (uint8_t)(byte - '0') < 10 || byte == '-' || byte == '.';
}

static inline size_t swivel_plain_host_end_scalar(const uint8_t *bytes, size_t from, size_t end) {
    while (from < end && swivel_is_plain_host_byte(bytes[from])) { from++; }
    return from;
}

static inline size_t swivel_line_feed_scalar(const uint8_t *bytes, size_t from, size_t end) {
    while (from < end && bytes[from] != '\n') { from++; }
    return from;
}

#if defined(__SSE2__)

/* Bytes from `first` to `first + span`, as all ones. */
static inline __m128i swivel_within(__m128i bytes, char first, char span) {
    __m128i offsets = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(offsets, _mm_set1_epi8(span)), offsets);
}

/* Letters, digits and the hyphen: what nearly every name is made of. */
static inline uint32_t swivel_not_plain_name(__m128i bytes) {
    __m128i letters = swivel_within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 25);
    __m128i others = _mm_or_si128(swivel_within(bytes, '0', 9), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(letters, others)) ^ 0xffff;
}

static inline uint32_t swivel_not_value(__m128i bytes) {
    __m128i controls = swivel_within(bytes, 0, 0x1f);
    __m128i tabs = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
    __m128i deletes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tabs, controls), deletes));
}

static inline uint32_t swivel_not_target(__m128i bytes) {
    __m128i visible = swivel_within(bytes, 0x21, 0x7e - 0x21);
    __m128i fragments = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#'));
    return (uint32_t)_mm_movemask_epi8(_mm_andnot_si128(fragments, visible)) ^ 0xffff;
}

static inline uint32_t swivel_not_path(__m128i bytes) {
    __m128i queries = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('?'));
    return swivel_not_target(bytes) | (uint32_t)_mm_movemask_epi8(queries);
}

static inline uint32_t swivel_not_plain_host(__m128i bytes) {
    __m128i letters = swivel_within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 25);
    __m128i others = _mm_or_si128(swivel_within(bytes, '0', 9), swivel_within(bytes, '-', 1));
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(letters, others)) ^ 0xffff;
}

static inline uint32_t swivel_is_line_feed(__m128i bytes) {
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')));
}

/* The last, partial step looks at the sixteen bytes that end at `end`, and forgets those before `from`. */
#define SWIVEL_SCAN(stops, scalar)                                                                    \
    while (end - from >= 16) {                                                                        \
        uint32_t found = stops(_mm_loadu_si128((const __m128i *)(const void *)(bytes + from)));       \
        if (found) { return from + (size_t)__builtin_ctz(found); }                                    \
        from += 16;                                                                                   \
    }                                                                                                 \
    if (end < 16) { return scalar(bytes, from, end); }                                                \
    if (from == end) { return end; }                                                                  \
    uint32_t last = stops(_mm_loadu_si128((const __m128i *)(const void *)(bytes + end - 16)));        \
    last >>= 16 - (end - from);                                                                       \
    return last ? from + (size_t)__builtin_ctz(last) : end

static inline size_t swivel_plain_name_end(const uint8_t *bytes, size_t from, size_t end) {
    SWIVEL_SCAN(swivel_not_plain_name, swivel_token_end_scalar);
}

static inline size_t swivel_token_end(const uint8_t *bytes, size_t from, size_t end) {
    size_t place = swivel_plain_name_end(bytes, from, end);
    /* Nearly always a colon. */
    return place < end && swivel_is_token_byte(bytes[place]) ? swivel_token_end_scalar(bytes, place + 1, end) : place;
}

static inline size_t swivel_value_end(const uint8_t *bytes, size_t from, size_t end) {
    SWIVEL_SCAN(swivel_not_value, swivel_value_end_scalar);
}

static inline size_t swivel_target_end(const uint8_t *bytes, size_t from, size_t end) {
    SWIVEL_SCAN(swivel_not_target, swivel_target_end_scalar);
}

static inline size_t swivel_path_end(const uint8_t *bytes, size_t from, size_t end) {
    SWIVEL_SCAN(swivel_not_path, swivel_path_end_scalar);
}

static inline size_t swivel_plain_host_end(const uint8_t *bytes, size_t from, size_t end) {
    SWIVEL_SCAN(swivel_not_plain_host, swivel_plain_host_end_scalar);
}

static inline size_t swivel_line_feed(const uint8_t *bytes, size_t from, size_t end) {
    SWIVEL_SCAN(swivel_is_line_feed, swivel_line_feed_scalar);
}

#else

static inline size_t swivel_token_end(const uint8_t *bytes, size_t from, size_t end) {
    return swivel_token_end_scalar(bytes, from, end);
}

static inline size_t swivel_value_end(const uint8_t *bytes, size_t from, size_t end) {
    return swivel_value_end_scalar(bytes, from, end);
}

static inline size_t swivel_target_end(const uint8_t *bytes, size_t from, size_t end) {
    return swivel_target_end_scalar(bytes, from, end);
}

static inline size_t swivel_path_end(const uint8_t *bytes, size_t from, size_t end) {
    return swivel_path_end_scalar(bytes, from, end);
}

static inline size_t swivel_plain_host_end(const uint8_t *bytes, size_t from, size_t end) {
    return swivel_plain_host_end_scalar(bytes, from, end);
}

static inline size_t swivel_line_feed(const uint8_t *bytes, size_t from, size_t end) {
    return swivel_line_feed_scalar(bytes, from, end);
}

#endif

#endif
