// Events of a client that opens a WebSocket, sends a masked message and waits for its echo.
// Knows one connection. Knows nothing of how many there are or what time it is in the run.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "clients.h"
#include "websocket.h"

static uint8_t outgoing[FRAME_HEAD_BYTES_MAX + PATTERN_PIECE_MAX];

// A mask differs from frame to frame. That none can foresee it, as section 5.3 wants, matters to
// caches between strangers, not here: xorshift (Marsaglia, 2003) is cheap.
static uint32_t next_mask(void) {
    static uint64_t state = 0x9e3779b97f4a7c15ull;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (uint32_t)(state >> 32);
}

// The handshake or the frame under way. What its nonce or mask says is made again where the socket
// had not taken all: that is rare, and so nothing is kept.
static size_t write_outgoing(const struct client *client) {
    if (!client->is_in_tunnel) return handshake_write_request(outgoing, client->seed, client->nonce);
    unsigned bytes = run.settings.message_bytes;
    size_t head_bytes = frame_write_head(outgoing, FRAME_OPENS_BINARY, bytes, &client->mask);
    frame_mask(outgoing + head_bytes, pattern_at(client->seed, client->sent), bytes, client->mask);
    return head_bytes + bytes;
}

static void send_next(struct client *client) {
    client->state = CLIENT_WAITING;
    client->progress_ns = now_ns();
    size_t bytes = write_outgoing(client);
    client->unsent_bytes = (unsigned)bytes;
    client_send_rest(client, outgoing + bytes);
}

void websocket_begin(struct client *client, uint64_t started_ns) {
    uint8_t head[FRAME_HEAD_BYTES_MAX];
    unsigned bytes = run.settings.message_bytes;
    client->started_ns = started_ns;
    client->mask = next_mask();
    client->unanswered_bytes =
        (unsigned)frame_write_head(head, FRAME_OPENS_BINARY, bytes, NULL) + bytes;
    send_next(client);
}

static void connected(struct client *client) {
    if (!client_is_connected(client)) return;
    if (getrandom(client->nonce, sizeof client->nonce, 0) != sizeof client->nonce) {
        die("getrandom: %s", strerror(errno));
    }
    client->is_in_tunnel = false;
    send_next(client);
}

// Answers false where the handshake has failed or is not all there.
static bool enter_tunnel(struct client *client, const uint8_t *bytes, size_t count,
                         size_t *head_bytes) {
    struct http_head head = http_read_answer(bytes, count);
    if (head.bytes == 0 && head.wrong == NULL) {
        http_stash_keep(&client->stash, bytes, count);
        return false;
    }
    const char *fault = head.wrong;
    if (fault == NULL && head.status != 101) {
        char what[32];
        snprintf(what, sizeof what, "status %u", head.status);
        client_failed(client, FAILURE_STATUS, what, 0);
        return false;
    }
    struct http_text text = {bytes, head.bytes};
    if (fault == NULL) fault = handshake_answer_fault(text, client->nonce);
    if (fault == NULL && client->unsent_bytes > 0) fault = "answered before all was asked";
    if (fault != NULL) {
        client_failed(client, FAILURE_MISMATCH, fault, 0);
        return false;
    }
    client->is_in_tunnel = true;
    *head_bytes = head.bytes;
    return true;
}

static void answered(struct client *client) {
    client->sent = client->received;
    client_answered(client);
    client_proceed(client);
}

// What a proxy that ends the tunnel says with it is the first thing one wants to know.
static void closed(struct client *client, const uint8_t *bytes, size_t count) {
    char what[48] = "the tunnel was closed";
    if (count >= 4) snprintf(what, sizeof what, "the tunnel was closed, code %u", bytes[2] << 8 | bytes[3]);
    client_failed(client, FAILURE_SHORT, what, 0);
}

// The head of an echo is known to the byte: another length, a mask or another frame is none.
static void received_echo(struct client *client, const uint8_t *bytes, size_t count) {
    uint8_t head[FRAME_HEAD_BYTES_MAX];
    unsigned message_bytes = run.settings.message_bytes;
    size_t head_bytes = frame_write_head(head, FRAME_OPENS_BINARY, message_bytes, NULL);
    bool is_waiting = client->state == CLIENT_WAITING;
    size_t place = is_waiting ? head_bytes + message_bytes - client->unanswered_bytes : 0;
    if (place == 0 && bytes[0] == FRAME_OPENS_CLOSE) {
        closed(client, bytes, count);
        return;
    }
    if (!is_waiting || count > client->unanswered_bytes) {
        client_failed(client, FAILURE_MISMATCH, "more bytes came back than were sent", 0);
        return;
    }
    client->unanswered_bytes -= (unsigned)count;
    size_t of_head = place >= head_bytes ? 0 : head_bytes - place < count ? head_bytes - place : count;
    if (memcmp(head + (of_head > 0 ? place : 0), bytes, of_head) != 0) {
        client_failed(client, FAILURE_MISMATCH, "another frame came back than was sent", 0);
        return;
    }
    bytes += of_head, count -= of_head;
    if (!pattern_matches(client->seed, client->received, bytes, count, run.settings.depth,
                         &run.checked)) {
        client_failed(client, FAILURE_MISMATCH, "another message came back than was sent", 0);
        return;
    }
    if (is_counting()) run.bytes += count;
    client->received += count;
    if (client->unanswered_bytes == 0) answered(client);
}

static void received(struct client *client, const uint8_t *bytes, size_t count) {
    client->progress_ns = now_ns();
    if (client->is_in_tunnel) {
        received_echo(client, bytes, count);
        return;
    }
    size_t head_bytes;
    if (!enter_tunnel(client, bytes, count, &head_bytes)) return;
    if (count > head_bytes) {
        client_failed(client, FAILURE_MISMATCH, "bytes came that nothing was sent for", 0);
        return;
    }
    websocket_begin(client, client->started_ns);
}

void websocket_ready(struct endpoint *endpoint, uint32_t events) {
    struct client *client = (struct client *)endpoint;
    if (client->state == CLIENT_CONNECTING) {
        connected(client);
        return;
    }
    if (events & EPOLLOUT && client->unsent_bytes > 0) {
        client_send_rest(client, outgoing + write_outgoing(client));
        if (client->state == CLIENT_CLOSED) return;
    }
    client_receive(client, events, received);
}
