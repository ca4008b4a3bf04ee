// Events of a client that sends a message and waits for its echo: echo, churn and idle.
// Knows one connection. Knows nothing of how many there are or what time it is in the run.
#include "clients.h"

static void send_rest(struct client *client) {
    unsigned bytes = run.settings.message_bytes;
    client_send_rest(client, pattern_at(client->seed, client->sent) + bytes);
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
    client->sent = client->received;
    client_answered(client);
    if (run.settings.scenario == SCENARIO_CHURN) {
        endpoint_close(&client->endpoint);
        client_connect(client);
        return;
    }
    client_proceed(client);
}

static void received(struct client *client, const uint8_t *bytes, size_t count) {
    if (count > client->unanswered_bytes - client->unsent_bytes) {
        client_failed(client, FAILURE_MISMATCH, "more bytes came back than were sent", 0);
        return;
    }
    if (!pattern_matches(client->seed, client->received, bytes, count, run.settings.depth,
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
    client_receive(client, events, received);
}
