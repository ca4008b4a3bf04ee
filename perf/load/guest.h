// One connection that the backend has accepted, and what its handlers (backend.c, http_backend.c,
// websocket_backend.c) do with it.
#ifndef GUEST_H
#define GUEST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

#include "endpoint.h"
#include "http.h"
#include "pattern.h"
#include "websocket.h"

enum { EXCHANGE_INTEREST = EPOLLIN | EPOLLRDHUP | EPOLLET };  // as endpoint.h explains

struct guest {
    struct endpoint endpoint;  // first: the poller hands it back
    struct guest *next, *previous;
    // Echo: what the socket did not take at once.
    uint8_t *owed;
    size_t owed_bytes, owed_sent_bytes;
    // Streams: the opening eight bytes, then where its walk through the pattern stands.
    // HTTP: the seed of the request under way and how much of its body is there.
    unsigned preamble_bytes;
    uint64_t seed;
    uint64_t position;
    uint64_t mismatches;
    struct pattern_result checked;
    uint64_t reported_bytes;
    // HTTP: the request under way, then its answer.
    struct http_stash stash;
    uint64_t body_left_bytes;
    bool is_answering;
    bool is_last;  // the answer ends the connection, as the request asked for
    uint64_t answered_bytes;
    // WebSocket.
    bool is_in_tunnel;
    struct frame_echo echo;
};

void guest_leave(struct guest *guest);
// Answers how many bytes came, 0 where none are there, -1 when the connection has ended and is
// gone.
ssize_t guest_receive(struct guest *guest, void *into, size_t room);
// Hands what has come to `take`, behind what that has kept of a head, until it answers false.
void guest_receive_messages(struct guest *guest, uint32_t events,
                            bool (*take)(struct guest *, const uint8_t *, size_t));
// What send(2) answered: how many bytes went, or -1 when the connection had broken and is gone.
ssize_t guest_sent(struct guest *guest, ssize_t result);

// Sends all, or keeps the rest for guest_pay: answers false where that is so or the connection is
// gone. An echo does not read while it owes: that is its backpressure.
bool guest_send(struct guest *guest, const uint8_t *bytes, size_t count);
// Sends what is owed.
void guest_pay(struct guest *guest);

void http_guest_ready(struct endpoint *endpoint, uint32_t events);
void websocket_guest_ready(struct endpoint *endpoint, uint32_t events);

#endif
