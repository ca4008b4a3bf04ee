// SHA-1, which a WebSocket handshake is answered with (RFC 6455 section 4.2.2): it proves that the
// server has understood, and protects nothing.
#ifndef SHA1_H
#define SHA1_H

#include <stddef.h>
#include <stdint.h>

enum {
    SHA1_BYTES = 20,
    SHA1_MESSAGE_BYTES_MAX = 119,  // what fits two blocks with the padding
};

void sha1(const uint8_t *message, size_t count, uint8_t digest[SHA1_BYTES]);

#endif
