// Just enough of WebSocket (RFC 6455) for a load and its backend: the two heads of a handshake, the
// frames of a client, and the echo of a server.
// Knows bytes. Knows nothing of sockets, clients, phases or counts.
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http.h"

enum {
    NONCE_BYTES = 16,      // of which a handshake's key is made
    HANDSHAKE_ROOM = 512,  // for either head
    FRAME_HEAD_BYTES_MAX = 14,
    // First bytes of whole frames (section 5.2): final, no reserved bit, and what it is.
    FRAME_OPENS_BINARY = 0x82,
    FRAME_OPENS_CLOSE = 0x88,
    FRAME_OPENS_PING = 0x89,
    FRAME_OPENS_PONG = 0x8a,
};

size_t handshake_write_request(uint8_t *into, uint64_t seed, const uint8_t nonce[NONCE_BYTES]);
size_t handshake_write_answer(uint8_t *into, struct http_text key);

// What is wrong with the head of a request (after http_read_request) or of a 101; NULL: nothing.
// A request's `key` then stands in its head.
const char *handshake_request_fault(struct http_text head, struct http_text *key);
const char *handshake_answer_fault(struct http_text head, const uint8_t nonce[NONCE_BYTES]);

// Writes a frame's head as short as it can be; answers how many bytes that took. `mask` is NULL for
// what a server sends.
size_t frame_write_head(uint8_t *into, uint8_t opens, uint64_t payload_bytes, const uint32_t *mask);
// The same function masks and unmasks; `mask` is in the wire's order, for the first byte.
void frame_mask(uint8_t *into, const uint8_t *bytes, size_t count, uint32_t mask);

// What a server makes of what one client sends: messages come back, a ping as its pong.
struct frame_echo {
    uint8_t head[FRAME_HEAD_BYTES_MAX];  // of the frame that begins
    uint8_t head_bytes;
    bool is_swallowed;    // the frame under way is a pong
    bool is_close;        // ... or closes
    bool has_closed;      // and that frame is whole
    uint32_t mask;        // for the next byte of the payload
    uint64_t left_bytes;  // of the payload
    uint64_t messages;
};

// Writes to `into`, which has room for FRAME_HEAD_BYTES_MAX bytes more than `count`, what answers
// `bytes`; answers how much that is. `fault` becomes what no client of ours sends.
size_t frame_echo_bytes(struct frame_echo *echo, const uint8_t *bytes, size_t count, uint8_t *into,
                        const char **fault);

#endif
