// What clients of all scenarios do alike with their socket: what came of its connect, bytes that are to
// go, and bytes that have come.
// Knows what the kernel said. Knows nothing of what the bytes mean.
#include <errno.h>

#include "clients.h"

static uint8_t buffer[PATTERN_PIECE_MAX];

bool client_is_connected(struct client *client) {
    int error = 0;
    socklen_t bytes = sizeof error;
    getsockopt(client->endpoint.descriptor, SOL_SOCKET, SO_ERROR, &error, &bytes);
    if (error != 0) client_failed(client, FAILURE_CONNECT, "connect", error);
    return error == 0;
}

void client_not_sent(struct client *client) {
    if (errno == EAGAIN) {
        endpoint_watch(&client->endpoint, CLIENT_INTEREST | EPOLLOUT);
    } else {
        client_failed(client, FAILURE_RESET, "send", errno);
    }
}

void client_send_rest(struct client *client, const uint8_t *end) {
    while (client->unsent_bytes > 0) {
        ssize_t count = send(client->endpoint.descriptor, end - client->unsent_bytes,
                             client->unsent_bytes, MSG_NOSIGNAL);
        if (count < 0) {
            client_not_sent(client);
            return;
        }
        client->unsent_bytes -= (unsigned)count;
    }
    endpoint_watch(&client->endpoint, CLIENT_INTEREST);
}

static void ended(struct client *client, ssize_t result) {
    if (result < 0) {
        client_failed(client, FAILURE_RESET, "recv", errno);
    } else if (client->state == CLIENT_ENDING) {
        endpoint_close(&client->endpoint);
        client_connect(client);
    } else {
        client_failed(client, FAILURE_SHORT, "closed by the proxy", 0);
    }
}

void client_receive(struct client *client, uint32_t events,
                    void (*received)(struct client *, const uint8_t *, size_t)) {
    bool has_ended = events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP);
    if (!(events & EPOLLIN) && !has_ended) return;
    ssize_t count;
    size_t room;
    do {
        size_t held = http_stash_take(&client->stash, buffer);
        room = sizeof buffer - held;
        count = recv(client->endpoint.descriptor, buffer + held, room, 0);
        if (count > 0) {
            received(client, buffer, held + (size_t)count);
        } else if (count < 0 && errno == EAGAIN) {
            if (held > 0) http_stash_keep(&client->stash, buffer, held);
        } else {
            ended(client, count);
        }
        // Closed, or the next connection already: what follows is not this one's.
        if (client->state == CLIENT_CLOSED || client->state == CLIENT_CONNECTING) return;
    } while (count == (ssize_t)room || (count > 0 && has_ended));
}
