#define _GNU_SOURCE
#include "backend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "guest.h"
#include "report_frame.h"
#include "run.h"

static struct endpoint listener = {.descriptor = -1};
static struct guest *guests;
static uint64_t next_report_ns;
static uint8_t buffer[PATTERN_PIECE_MAX];

void guest_leave(struct guest *guest) {
    if (guest->next != NULL) guest->next->previous = guest->previous;
    if (guest->previous != NULL) guest->previous->next = guest->next;
    if (guests == guest) guests = guest->next;
    run.checked.checksum ^= guest->checked.checksum;
    run.checked.checked_bytes += guest->checked.checked_bytes;
    endpoint_close(&guest->endpoint);
    free(guest->owed);
    free(guest->stash.bytes);
    free(guest);
}

ssize_t guest_receive(struct guest *guest, void *into, size_t room) {
    ssize_t count = recv(guest->endpoint.descriptor, into, room, 0);
    if (count > 0) return count;
    if (count < 0 && errno == EAGAIN) return 0;
    if (count < 0) run.backend_resets++;
    guest_leave(guest);
    return -1;
}

void guest_receive_messages(struct guest *guest, uint32_t events,
                            bool (*take)(struct guest *, const uint8_t *, size_t)) {
    bool has_ended = events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP);
    ssize_t count;
    size_t room;
    do {
        size_t held = http_stash_take(&guest->stash, buffer);
        room = sizeof buffer - held;
        bool is_inside = held > 0 || guest->body_left_bytes > 0;
        count = guest_receive(guest, buffer + held, room);
        if (count < 0) {
            if (is_inside) run_failed(FAILURE_SHORT, "a request ended before it was whole", 0);
            return;
        }
        if (count == 0 && held > 0) http_stash_keep(&guest->stash, buffer, held);
        if (count == 0 || !take(guest, buffer, held + (size_t)count)) return;
    } while (count == (ssize_t)room || has_ended);
}

ssize_t guest_sent(struct guest *guest, ssize_t result) {
    if (result >= 0) return result;
    if (errno == EAGAIN) return 0;
    run.backend_resets++;
    guest_leave(guest);
    return -1;
}

static ssize_t send_some(struct guest *guest, const uint8_t *bytes, size_t count) {
    return guest_sent(guest, send(guest->endpoint.descriptor, bytes, count, MSG_NOSIGNAL));
}

void guest_pay(struct guest *guest) {
    ssize_t sent = send_some(guest, guest->owed + guest->owed_sent_bytes,
                             guest->owed_bytes - guest->owed_sent_bytes);
    if (sent < 0) return;
    guest->owed_sent_bytes += (size_t)sent;
    if (guest->owed_sent_bytes < guest->owed_bytes) return;
    free(guest->owed);
    guest->owed = NULL;
    // Asking anew makes the kernel look: what came meanwhile is an edge again.
    endpoint_watch(&guest->endpoint, EXCHANGE_INTEREST);
}

static void owe(struct guest *guest, const uint8_t *bytes, size_t count) {
    guest->owed_bytes = count;
    guest->owed_sent_bytes = 0;
    guest->owed = malloc(count);
    if (guest->owed == NULL) die("echo: out of memory");
    memcpy(guest->owed, bytes, count);
    endpoint_watch(&guest->endpoint, EPOLLOUT);
}

bool guest_send(struct guest *guest, const uint8_t *bytes, size_t count) {
    ssize_t sent = send_some(guest, bytes, count);
    if (sent == (ssize_t)count) return true;
    if (sent >= 0) owe(guest, bytes + sent, count - (size_t)sent);
    return false;
}

// Answers false when the connection is gone or has not taken all yet.
static bool echo(struct guest *guest, const uint8_t *bytes, size_t count) {
    if (run.settings.role == ROLE_SERVER) run.bytes += (uint64_t)count;
    return guest_send(guest, bytes, count);
}

static void echo_ready(struct endpoint *endpoint, uint32_t events) {
    struct guest *guest = (struct guest *)endpoint;
    if (guest->owed != NULL) {
        guest_pay(guest);
        return;
    }
    guest_receive_messages(guest, events, echo);
}

// Reads the seed that opens a stream; answers false when the connection is gone.
static bool receive_preamble(struct guest *guest) {
    ssize_t count = guest_receive(guest, (uint8_t *)&guest->seed + guest->preamble_bytes,
                                  PREAMBLE_BYTES - guest->preamble_bytes);
    if (count < 0) return false;
    guest->preamble_bytes += (unsigned)count;
    return true;
}

static void sink_ready(struct endpoint *endpoint, uint32_t events) {
    struct guest *guest = (struct guest *)endpoint;
    (void)events;
    if (guest->preamble_bytes < PREAMBLE_BYTES) {
        receive_preamble(guest);
        return;
    }
    ssize_t count = guest_receive(guest, buffer, sizeof buffer);
    if (count <= 0) return;
    bool is_alone = run.settings.role == ROLE_SERVER;
    struct pattern_result *checked = is_alone ? &guest->checked : &run.checked;
    if (!pattern_matches(guest->seed, guest->position, buffer, (size_t)count, run.settings.depth,
                         checked)) {
        guest->mismatches++;
        run_failed(FAILURE_MISMATCH, "the backend got other bytes than the client sent", 0);
    }
    guest->position += (uint64_t)count;
    if (is_counting()) run.bytes += (uint64_t)count;
}

static void source_ready(struct endpoint *endpoint, uint32_t events) {
    struct guest *guest = (struct guest *)endpoint;
    if (guest->preamble_bytes < PREAMBLE_BYTES) {
        if (!receive_preamble(guest)) return;
        if (guest->preamble_bytes == PREAMBLE_BYTES) endpoint_watch(endpoint, EPOLLIN | EPOLLOUT);
        return;
    }
    // Nothing more is expected from the client but its end.
    if (events & (EPOLLIN | EPOLLERR | EPOLLHUP) &&
        guest_receive(guest, buffer, sizeof buffer) < 0) {
        return;
    }
    if (!(events & EPOLLOUT)) return;
    ssize_t sent = send_some(guest, pattern_at(guest->seed, guest->position), PATTERN_PIECE_MAX);
    if (sent > 0) guest->position += (uint64_t)sent;
    // Alone, a source's own count of what it sent is the best it can say.
    if (sent > 0 && run.settings.role == ROLE_SERVER) run.bytes += (uint64_t)sent;
}

static void (*handler(void))(struct endpoint *, uint32_t) {
    switch (run.settings.scenario) {
    case SCENARIO_BULK_UP: return sink_ready;
    case SCENARIO_BULK_DOWN: return source_ready;
    case SCENARIO_HTTP: return http_guest_ready;
    case SCENARIO_WEBSOCKET: return websocket_guest_ready;
    default: return echo_ready;
    }
}

static void listener_ready(struct endpoint *endpoint, uint32_t events) {
    (void)events;
    for (;;) {
        int descriptor = accept4(endpoint->descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) return;
            die("accept: %s", strerror(errno));
        }
        struct guest *guest = calloc(1, sizeof *guest);
        if (guest == NULL) die("accept: out of memory");
        guest->endpoint.descriptor = descriptor;
        guest->endpoint.ready = handler();
        guest->next = guests;
        if (guests != NULL) guests->previous = guest;
        guests = guest;
        run.backend_connections++;
        endpoint_watch(&guest->endpoint,
                       is_bulk(run.settings.scenario) ? EPOLLIN : EXCHANGE_INTEREST);
    }
}

unsigned backend_listen(const char *text) {
    struct address address = resolve(text);
    listener.descriptor = listen_socket(&address);
    listener.ready = listener_ready;
    endpoint_watch(&listener, EPOLLIN);
    return port_of(listener.descriptor);
}

void backend_end(void) {
    while (guests != NULL) guest_leave(guests);
}

void backend_tick(void) {
    if (run.settings.role != ROLE_SERVER || run.settings.scenario != SCENARIO_BULK_UP) return;
    uint64_t now = now_ns();
    if (now < next_report_ns) return;
    next_report_ns = now + REPORT_INTERVAL_NS;
    struct guest *next;
    for (struct guest *guest = guests; guest != NULL; guest = next) {
        next = guest->next;
        if (guest->position == guest->reported_bytes) continue;
        guest->reported_bytes = guest->position;
        struct report_frame frame = {
            .received_bytes = guest->position,
            .time_ns = now,
            .checksum = guest->checked.checksum,
            .checked_bytes = guest->checked.checked_bytes,
            .mismatches = guest->mismatches,
        };
        // 32 bytes into a direction that is otherwise silent: they go whole or not at all.
        send_some(guest, (const uint8_t *)&frame, sizeof frame);
    }
}
