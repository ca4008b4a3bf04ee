// The client side: connections to the proxy, who is open, who is owed a request.
#ifndef CLIENTS_H
#define CLIENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "endpoint.h"
#include "http.h"
#include "run.h"
#include "websocket.h"

enum { CLIENT_INTEREST = EPOLLIN | EPOLLRDHUP | EPOLLET };  // as endpoint.h explains

enum client_state {
    CLIENT_CLOSED,
    CLIENT_CONNECTING,
    CLIENT_READY,    // open, nothing outstanding
    CLIENT_WAITING,  // a message is on its way
    CLIENT_STREAMING,
    CLIENT_ENDING,  // answered for the last time: the other side has to close
};

struct client {
    struct endpoint endpoint;  // first: the poller hands it back
    enum client_state state;
    bool is_busy;       // carries load; else it is one of the silent ones
    bool has_opened;    // has stood once
    uint64_t seed;      // where its walk through the pattern starts; HTTP: of this request
    // Stream positions, in bytes; HTTP: in the request, and in the answer's body; messages: where the
    // one under way begins, and what of them has come back.
    uint64_t sent;
    uint64_t received;
    unsigned unsent_bytes;      // of the message under way
    unsigned unanswered_bytes;
    uint64_t started_ns;   // of the message under way; in an open loop: when it was due
    uint64_t progress_ns;  // of a stream: when bytes last moved; else when the message was sent
    uint64_t retry_ns;     // when a closed one may try again
    uint64_t due_index;    // open loop: which request of the schedule is its next
    struct http_stash stash;
    bool is_in_body;  // the answer's head has come
    bool is_last;     // the answer under way ends the connection
    bool is_in_tunnel;           // WebSocket: the handshake is done
    uint8_t nonce[NONCE_BYTES];  // ... of it
    uint32_t mask;               // ... of the message under way
};

struct clients {
    struct client *all;
    unsigned count;
    unsigned busy_count;  // the first ones of `all`
    unsigned opened_count;
    unsigned checked_count;
};

extern struct clients clients;

void clients_prepare(void);
void clients_open_more(void);
bool clients_are_open(void);
// Busy ones begin their load; called at the start of warm-up and, for an open loop's schedule,
// at the start of the measurement again.
void clients_start(void);
// What is due by now: retries of broken connections, requests of the open loop.
void clients_tick(void);
bool clients_owe_nothing(void);
void clients_begin_check(void);
void clients_count_stalled(uint64_t since_ns);
void clients_count_unanswered(void);

// For the handlers of events (exchange.c, stream.c, http_client.c, websocket_client.c).
uint64_t client_next_seed(void);
// The message under way is answered: it is counted, and the client is ready.
void client_answered(struct client *client);
void client_opened(struct client *client);
void client_failed(struct client *client, enum failure failure, const char *what, int error);
void client_connect(struct client *client);
// Sends the next request if one is owed.
void client_proceed(struct client *client);

// The same of one socket (client_socket.c): what came of the connect; a failure is counted.
bool client_is_connected(struct client *client);
// send(2) has failed for want of room, which is waited for, or for good.
void client_not_sent(struct client *client);
// Sends the `unsent_bytes` before `end`.
void client_send_rest(struct client *client, const uint8_t *end);
// Hands what has come to `received`, behind what that has kept of a head; an end that nothing asked
// for is a failure.
void client_receive(struct client *client, uint32_t events,
                    void (*received)(struct client *, const uint8_t *, size_t));

void exchange_ready(struct endpoint *endpoint, uint32_t events);
void exchange_begin(struct client *client, uint64_t started_ns);
void http_ready(struct endpoint *endpoint, uint32_t events);
void http_begin(struct client *client, uint64_t started_ns);
void websocket_ready(struct endpoint *endpoint, uint32_t events);
void websocket_begin(struct client *client, uint64_t started_ns);
void stream_ready(struct endpoint *endpoint, uint32_t events);

// A backend in another process reports what arrived: room for it, and the window's two ends.
void stream_prepare_reports(void);
void stream_begin_reports(void);
void stream_end_reports(void);

#endif
