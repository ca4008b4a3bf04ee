// Events of a client that asks over HTTP/1.1 and checks every answer: status, length and body.
// Knows one connection. Knows nothing of how many there are or what time it is in the run.
#include <stdio.h>

#include "clients.h"

static uint64_t request_bytes(const struct client *client) {
    return http_request_head(client->seed).bytes + run.settings.body_bytes;
}

static void send_rest(struct client *client) {
    while (client->sent < request_bytes(client)) {
        struct http_text head = http_request_head(client->seed);
        ssize_t count = http_send(client->endpoint.descriptor, head, client->seed,
                                  run.settings.body_bytes, client->sent);
        if (count < 0) {
            client_not_sent(client);
            return;
        }
        client->sent += (uint64_t)count;
    }
    endpoint_watch(&client->endpoint, CLIENT_INTEREST);
}

void http_begin(struct client *client, uint64_t started_ns) {
    client->state = CLIENT_WAITING;
    client->started_ns = started_ns;
    client->progress_ns = now_ns();
    client->seed = client_next_seed();
    client->sent = client->received = 0;
    client->is_in_body = false;
    send_rest(client);
}

static void answered(struct client *client) {
    client_answered(client);
    if (client->is_last) {
        client->state = CLIENT_ENDING;  // The proxy has to close, and nothing else may come.
        return;
    }
    client_proceed(client);
}

// Answers false where the client has failed.
static bool read_head(struct client *client, const struct http_head *head) {
    if (head->wrong != NULL) {
        client_failed(client, FAILURE_MISMATCH, head->wrong, 0);
        return false;
    }
    if (head->status != 200) {
        char what[32];
        snprintf(what, sizeof what, "status %u", head->status);
        client_failed(client, FAILURE_STATUS, what, 0);
        return false;
    }
    if (!head->has_length || head->body_bytes != run.settings.answer_bytes) {
        client_failed(client, FAILURE_MISMATCH, "the answer has another length", 0);
        return false;
    }
    if (client->sent < request_bytes(client)) {
        client_failed(client, FAILURE_MISMATCH, "answered before all was asked", 0);
        return false;
    }
    client->is_last = run.settings.asks_to_close || head->is_last;
    client->is_in_body = true;
    return true;
}

static void received(struct client *client, const uint8_t *bytes, size_t count) {
    if (client->state != CLIENT_WAITING) {
        client_failed(client, FAILURE_MISMATCH, "more bytes came than the answer has", 0);
        return;
    }
    client->progress_ns = now_ns();
    if (!client->is_in_body) {
        struct http_head head = http_read_answer(bytes, count);
        if (head.bytes == 0 && head.wrong == NULL) {
            http_stash_keep(&client->stash, bytes, count);
            return;
        }
        if (!read_head(client, &head)) return;
        bytes += head.bytes, count -= head.bytes;
    }
    if (count > run.settings.answer_bytes - client->received) {
        client_failed(client, FAILURE_MISMATCH, "more bytes came than the answer has", 0);
        return;
    }
    if (!pattern_matches(client->seed, client->received, bytes, count, run.settings.depth,
                         &run.checked)) {
        client_failed(client, FAILURE_MISMATCH, "the body is another than was asked for", 0);
        return;
    }
    if (is_counting()) run.bytes += count;
    client->received += count;
    if (client->received == run.settings.answer_bytes) answered(client);
}

static void connected(struct client *client) {
    if (!client_is_connected(client)) return;
    // In an open loop only the schedule says when to ask, once the first request has opened it.
    if (run.settings.open_loop_rate > 0 && client->has_opened) {
        endpoint_watch(&client->endpoint, CLIENT_INTEREST);
        client->state = CLIENT_READY;
        client_proceed(client);
        return;
    }
    http_begin(client, client->started_ns);
}

void http_ready(struct endpoint *endpoint, uint32_t events) {
    struct client *client = (struct client *)endpoint;
    if (client->state == CLIENT_CONNECTING) {
        connected(client);
        return;
    }
    if (events & EPOLLOUT && client->sent < request_bytes(client)) {
        send_rest(client);
        if (client->state == CLIENT_CLOSED) return;
    }
    client_receive(client, events, received);
}
