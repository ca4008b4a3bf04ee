#include "sha1.h"

#include <string.h>

#include "endpoint.h"

enum { BLOCK_BYTES = 64, ROUNDS = 80, LENGTH_BYTES = 8 };

static uint32_t rotated(uint32_t word, int bits) {
    return word << bits | word >> (32 - bits);
}

// FIPS 180-4 section 6.1.2.
static void take_block(uint32_t state[5], const uint8_t *block) {
    uint32_t words[ROUNDS];
    for (int index = 0; index < 16; index++) {
        const uint8_t *bytes = block + 4 * index;
        words[index] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                       (uint32_t)bytes[2] << 8 | bytes[3];
    }
    for (int index = 16; index < ROUNDS; index++) {
        words[index] = rotated(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^
                                   words[index - 16], 1);
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t mixed, constant;
        if (round < 20) {
            mixed = (b & c) | (~b & d), constant = 0x5a827999;
        } else if (round < 40) {
            mixed = b ^ c ^ d, constant = 0x6ed9eba1;
        } else if (round < 60) {
            mixed = (b & c) | (b & d) | (c & d), constant = 0x8f1bbcdc;
        } else {
            mixed = b ^ c ^ d, constant = 0xca62c1d6;
        }
        uint32_t next = rotated(a, 5) + mixed + e + constant + words[round];
        e = d, d = c, c = rotated(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

void sha1(const uint8_t *message, size_t count, uint8_t digest[SHA1_BYTES]) {
    if (count > SHA1_MESSAGE_BYTES_MAX) die("sha1: %zu bytes are more than it takes", count);
    uint8_t blocks[2 * BLOCK_BYTES] = {0};
    memcpy(blocks, message, count);
    blocks[count] = 0x80;
    size_t bytes = count + 1 + LENGTH_BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
    blocks[bytes - 2] = (uint8_t)(count * 8 >> 8);
    blocks[bytes - 1] = (uint8_t)(count * 8);
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    for (size_t start = 0; start < bytes; start += BLOCK_BYTES) take_block(state, blocks + start);
    for (int index = 0; index < SHA1_BYTES; index++) {
        digest[index] = (uint8_t)(state[index / 4] >> (24 - 8 * (index % 4)));
    }
}
