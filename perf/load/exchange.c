// Events of a client that sends a message and waits for its echo: echo, churn and idle.
// Knows one connection. Knows nothing of how many there are or what time it is in the run.
#include <errno.h>

#include "clients.h"

static uint8_t buffer[PATTERN_PIECE_MAX];

static void send_rest(struct client *client) {
    while (client->unsent_bytes > 0) {
        ssize_t count = send(client->endpoint.descriptor, pattern_at(client->seed, client->sent),
                             client->unsent_bytes, MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EAGAIN) {
                endpoint_watch(&client->endpoint, CLIENT_INTEREST | EPOLLOUT);
            } else {
                client_failed(client, FAILURE_RESET, "send", errno);
            }
            return;
        }
        client->sent += (uint64_t)count;
        client->unsent_bytes -= (unsigned)count;
    }
    endpoint_watch(&client->endpoint, CLIENT_INTEREST);
}

void exchange_begin(struct client *client, uint64_t started_ns) {
    client->state = CLIENT_WAITING;
    client->started_ns = started_ns;
    client->progress_ns = now_ns();
    client->unsent_bytes = client->unanswered_bytes = run.settings.message_bytes;
    send_rest(client);
}

static void connected(struct client *client) {
    // Churn counts from the connect on; elsewhere the first echo is not counted at all.
    if (client_is_connected(client)) exchange_begin(client, client->started_ns);
}

static void answered(struct client *client) {
    client_answered(client);
    if (run.settings.scenario == SCENARIO_CHURN) {
        endpoint_close(&client->endpoint);
        client_connect(client);
        return;
    }
    client_proceed(client);
}

static void received(struct client *client, size_t count) {
    if (count > client->unanswered_bytes - client->unsent_bytes) {
        client_failed(client, FAILURE_MISMATCH, "more bytes came back than were sent", 0);
        return;
    }
    if (!pattern_matches(client->seed, client->received, buffer, count, run.settings.depth,
                         &run.checked)) {
        client_failed(client, FAILURE_MISMATCH, "other bytes came back than were sent", 0);
        return;
    }
    if (is_counting()) run.bytes += count;
    client->received += count;
    client->unanswered_bytes -= (unsigned)count;
    if (client->unanswered_bytes == 0) answered(client);
}

void exchange_ready(struct endpoint *endpoint, uint32_t events) {
    struct client *client = (struct client *)endpoint;
    if (client->state == CLIENT_CONNECTING) {
        connected(client);
        return;
    }
    if (events & EPOLLOUT && client->unsent_bytes > 0) {
        send_rest(client);
        if (client->state == CLIENT_CLOSED) return;
    }
    if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP))) return;
    bool has_ended = events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP);
    ssize_t count;
    do {
        count = recv(client->endpoint.descriptor, buffer, sizeof buffer, 0);
        if (count > 0) {
            received(client, (size_t)count);
        } else if (count == 0) {
            client_failed(client, FAILURE_SHORT, "closed by the proxy", 0);
        } else if (errno != EAGAIN) {
            client_failed(client, FAILURE_RESET, "recv", errno);
        }
        // Closed, or churn's next connection already: what follows is not this one's.
        if (client->state == CLIENT_CLOSED || client->state == CLIENT_CONNECTING) return;
    } while (count == sizeof buffer || (count > 0 && has_ended));
}
