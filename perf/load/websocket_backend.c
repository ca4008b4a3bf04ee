// Events of a server that echoes over WebSocket. The handshake and every head of a frame are checked,
// for a proxy that spoils them must not be measured as a fast one; payloads the client knows.
#include "guest.h"
#include "run.h"

static uint8_t answers[FRAME_HEAD_BYTES_MAX + PATTERN_PIECE_MAX];

static bool refuse(struct guest *guest, const char *why) {
    run_failed(FAILURE_MISMATCH, why, 0);
    guest_leave(guest);
    return false;
}

// All of these answer false when the connection is gone or has not taken all yet.

static bool echo(struct guest *guest, const uint8_t *bytes, size_t count) {
    const char *fault;
    uint64_t messages = guest->echo.messages;
    size_t written = frame_echo_bytes(&guest->echo, bytes, count, answers, &fault);
    if (fault != NULL) return refuse(guest, fault);
    if (run.settings.role == ROLE_SERVER) run.operations += guest->echo.messages - messages;
    if (written > 0 && !guest_send(guest, answers, written)) return false;
    if (!guest->echo.has_closed) return true;
    guest_leave(guest);  // The server ends what both have closed (section 7.1.1).
    return false;
}

static bool open_tunnel(struct guest *guest, const uint8_t *bytes, size_t count) {
    struct http_head head = http_read_request(bytes, count);
    if (head.bytes == 0 && head.wrong == NULL) {
        http_stash_keep(&guest->stash, bytes, count);
        return true;
    }
    struct http_text key;
    const char *fault = head.wrong;
    if (fault == NULL && (head.is_post || head.body_bytes > 0)) fault = "its method is another";
    if (fault == NULL) fault = handshake_request_fault((struct http_text){bytes, head.bytes}, &key);
    if (fault != NULL) return refuse(guest, fault);
    guest->is_in_tunnel = true;
    if (!guest_send(guest, answers, handshake_write_answer(answers, key))) return false;
    return count == head.bytes || echo(guest, bytes + head.bytes, count - head.bytes);
}

static bool take(struct guest *guest, const uint8_t *bytes, size_t count) {
    return guest->is_in_tunnel ? echo(guest, bytes, count) : open_tunnel(guest, bytes, count);
}

void websocket_guest_ready(struct endpoint *endpoint, uint32_t events) {
    struct guest *guest = (struct guest *)endpoint;
    if (guest->owed != NULL) {
        guest_pay(guest);
        return;
    }
    guest_receive_messages(guest, events, take);
}
