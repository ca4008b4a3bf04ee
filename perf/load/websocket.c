#include "websocket.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sha1.h"

enum {
    KEY_LETTERS = 24,
    ACCEPT_LETTERS = 28,
    IS_MASKED = 0x80,
    LENGTH_16 = 126,
    LENGTH_64 = 127,
};

static const char accept_suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static size_t write_base64(char *into, const uint8_t *bytes, size_t count) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t written = 0;
    for (size_t index = 0; index < count; index += 3) {
        size_t left = count - index;
        uint32_t group = (uint32_t)bytes[index] << 16 | (left > 1 ? bytes[index + 1] << 8 : 0) |
                         (left > 2 ? bytes[index + 2] : 0);
        into[written++] = letters[group >> 18];
        into[written++] = letters[group >> 12 & 63];
        into[written++] = left > 1 ? letters[group >> 6 & 63] : '=';
        into[written++] = left > 2 ? letters[group & 63] : '=';
    }
    into[written] = 0;
    return written;
}

static void write_accept(char into[ACCEPT_LETTERS + 1], struct http_text key) {
    uint8_t joined[KEY_LETTERS + sizeof accept_suffix - 1], digest[SHA1_BYTES];
    memcpy(joined, key.start, KEY_LETTERS);
    memcpy(joined + KEY_LETTERS, accept_suffix, sizeof accept_suffix - 1);
    sha1(joined, sizeof joined, digest);
    write_base64(into, digest, sizeof digest);
}

size_t handshake_write_request(uint8_t *into, uint64_t seed, const uint8_t nonce[NONCE_BYTES]) {
    char key[KEY_LETTERS + 1];
    write_base64(key, nonce, NONCE_BYTES);
    return (size_t)snprintf((char *)into, HANDSHAKE_ROOM,
                            "GET /answers/%08llx HTTP/1.1\r\nHost: load.example\r\n"
                            "User-Agent: swivel-load\r\nConnection: Upgrade\r\n"
                            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: %s\r\n\r\n",
                            (unsigned long long)seed, key);
}

size_t handshake_write_answer(uint8_t *into, struct http_text key) {
    char accept[ACCEPT_LETTERS + 1];
    write_accept(accept, key);
    return (size_t)snprintf((char *)into, HANDSHAKE_ROOM,
                            "HTTP/1.1 101 Switching Protocols\r\nServer: swivel-load\r\n"
                            "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                            "Sec-WebSocket-Accept: %s\r\n\r\n",
                            accept);
}

static bool is_text(struct http_text text, const char *wanted) {
    return text.bytes == strlen(wanted) &&
           strncasecmp((const char *)text.start, wanted, text.bytes) == 0;
}

// Whether `wanted` stands in a list that commas part.
static bool has_token(struct http_text list, const char *wanted) {
    while (list.bytes > 0) {
        const uint8_t *comma = memchr(list.start, ',', list.bytes);
        size_t bytes = comma != NULL ? (size_t)(comma - list.start) : list.bytes;
        struct http_text token = {list.start, bytes};
        while (token.bytes > 0 && token.start[0] == ' ') token.start++, token.bytes--;
        while (token.bytes > 0 && token.start[token.bytes - 1] == ' ') token.bytes--;
        if (is_text(token, wanted)) return true;
        size_t step = comma != NULL ? bytes + 1 : bytes;
        list.start += step, list.bytes -= step;
    }
    return false;
}

static bool is_upgrade(struct http_text head) {
    return has_token(http_field(head, "connection"), "upgrade") &&
           is_text(http_field(head, "upgrade"), "websocket");
}

const char *handshake_request_fault(struct http_text head, struct http_text *key) {
    if (!is_upgrade(head)) return "the backend got no upgrade to websocket";
    if (!is_text(http_field(head, "sec-websocket-version"), "13")) {
        return "the backend got another version of WebSocket";
    }
    *key = http_field(head, "sec-websocket-key");
    return key->bytes == KEY_LETTERS ? NULL : "the backend got no key";
}

const char *handshake_answer_fault(struct http_text head, const uint8_t nonce[NONCE_BYTES]) {
    if (!is_upgrade(head)) return "the 101 upgrades to something else";
    char key[KEY_LETTERS + 1], accept[ACCEPT_LETTERS + 1];
    write_base64(key, nonce, NONCE_BYTES);
    write_accept(accept, (struct http_text){(const uint8_t *)key, KEY_LETTERS});
    struct http_text got = http_field(head, "sec-websocket-accept");
    bool is_right = got.bytes == ACCEPT_LETTERS && memcmp(got.start, accept, ACCEPT_LETTERS) == 0;
    return is_right ? NULL : "the 101 accepts another key";
}

size_t frame_write_head(uint8_t *into, uint8_t opens, uint64_t payload_bytes, const uint32_t *mask) {
    size_t count = 0, length_bytes = 0;
    into[count++] = opens;
    uint8_t masked = mask != NULL ? IS_MASKED : 0;
    if (payload_bytes < LENGTH_16) {
        into[count++] = (uint8_t)(masked | payload_bytes);
    } else {
        length_bytes = payload_bytes <= UINT16_MAX ? 2 : 8;
        into[count++] = (uint8_t)(masked | (length_bytes == 2 ? LENGTH_16 : LENGTH_64));
    }
    for (size_t left = length_bytes; left > 0; left--) {
        into[count++] = (uint8_t)(payload_bytes >> 8 * (left - 1));
    }
    if (mask == NULL) return count;
    memcpy(into + count, mask, sizeof *mask);
    return count + sizeof *mask;
}

void frame_mask(uint8_t *into, const uint8_t *bytes, size_t count, uint32_t mask) {
    uint64_t wide = mask | (uint64_t)mask << 32, word;
    size_t index = 0;
    for (; index + sizeof word <= count; index += sizeof word) {
        memcpy(&word, bytes + index, sizeof word);
        word ^= wide;
        memcpy(into + index, &word, sizeof word);
    }
    for (; index < count; index++) into[index] = bytes[index] ^ (uint8_t)(mask >> 8 * (index % 4));
}

// The mask for the byte that stands `count` bytes further on. Little-endian, like every machine this
// runs on.
static uint32_t mask_after(uint32_t mask, size_t count) {
    unsigned bits = 8 * (count % 4);
    return bits == 0 ? mask : mask >> bits | mask << (32 - bits);
}

static size_t length_bytes_of(const uint8_t *head) {
    unsigned length = head[1] & 127;
    return length == LENGTH_16 ? 2 : length == LENGTH_64 ? 8 : 0;
}

// Reads the whole head that `echo` holds; answers what no client of ours sends.
static const char *read_frame_head(struct frame_echo *echo) {
    const uint8_t *head = echo->head;
    size_t length_bytes = length_bytes_of(head);
    bool is_control = head[0] == FRAME_OPENS_CLOSE || head[0] == FRAME_OPENS_PING ||
                      head[0] == FRAME_OPENS_PONG;
    if (head[0] != FRAME_OPENS_BINARY && !is_control) return "the backend got another kind of frame";
    if (!(head[1] & IS_MASKED)) return "the backend got a frame without a mask";
    if (is_control && length_bytes > 0) return "the backend got a control frame that is too long";
    echo->left_bytes = length_bytes > 0 ? 0 : head[1] & 127;
    for (size_t index = 0; index < length_bytes; index++) {
        echo->left_bytes = echo->left_bytes << 8 | head[2 + index];
    }
    memcpy(&echo->mask, head + 2 + length_bytes, sizeof echo->mask);
    echo->is_swallowed = head[0] == FRAME_OPENS_PONG;
    echo->is_close = head[0] == FRAME_OPENS_CLOSE;
    echo->messages += !is_control;
    return NULL;
}

// Answers how many of `bytes` belong to the head; `*written` grows by the head that answers it.
static size_t take_head(struct frame_echo *echo, const uint8_t *bytes, size_t count, uint8_t *into,
                        size_t *written, const char **fault) {
    bool has_length = echo->head_bytes >= 2;
    size_t whole = has_length ? 2 + length_bytes_of(echo->head) + sizeof echo->mask : 2;
    size_t taken = whole - echo->head_bytes < count ? whole - echo->head_bytes : count;
    memcpy(echo->head + echo->head_bytes, bytes, taken);
    echo->head_bytes += (uint8_t)taken;
    if (!has_length || echo->head_bytes < whole) return taken;
    echo->head_bytes = 0;
    *fault = read_frame_head(echo);
    if (*fault != NULL || echo->is_swallowed) return taken;
    uint8_t opens = echo->head[0] == FRAME_OPENS_PING ? FRAME_OPENS_PONG : echo->head[0];
    *written += frame_write_head(into + *written, opens, echo->left_bytes, NULL);
    echo->has_closed = echo->is_close && echo->left_bytes == 0;
    return taken;
}

static size_t take_payload(struct frame_echo *echo, const uint8_t *bytes, size_t count, uint8_t *into,
                           size_t *written) {
    size_t taken = echo->left_bytes < count ? (size_t)echo->left_bytes : count;
    if (!echo->is_swallowed) {
        frame_mask(into + *written, bytes, taken, echo->mask);
        *written += taken;
    }
    echo->mask = mask_after(echo->mask, taken);
    echo->left_bytes -= taken;
    echo->has_closed = echo->is_close && echo->left_bytes == 0;
    return taken;
}

size_t frame_echo_bytes(struct frame_echo *echo, const uint8_t *bytes, size_t count, uint8_t *into,
                        const char **fault) {
    size_t written = 0;
    *fault = NULL;
    while (count > 0 && *fault == NULL && !echo->has_closed) {
        size_t taken = echo->left_bytes > 0
                           ? take_payload(echo, bytes, count, into, &written)
                           : take_head(echo, bytes, count, into, &written, fault);
        bytes += taken, count -= taken;
    }
    return written;
}
