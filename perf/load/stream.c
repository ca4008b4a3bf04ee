// Events of a client that sends or receives without end: bulk-up and bulk-down.
// A stream opens with eight bytes that say its seed; then one side sends the pattern.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "report_frame.h"

enum { WRITE_BYTES = PATTERN_PIECE_MAX };

static uint8_t buffer[PATTERN_PIECE_MAX];

// Reports of the backend, by connection; NULL where client and backend are one process.
struct reported {
    struct report_frame first;  // the last one before the measurement
    struct report_frame last;
    uint8_t partial[sizeof(struct report_frame)];
    unsigned partial_bytes;
};

static struct reported *reports;

void stream_prepare_reports(void) {
    if (run.settings.role == ROLE_BOTH || run.settings.scenario != SCENARIO_BULK_UP) return;
    reports = calloc(clients.count, sizeof *reports);
    if (reports == NULL) die("%u reports: out of memory", clients.count);
}

void stream_begin_reports(void) {
    for (unsigned index = 0; reports != NULL && index < clients.count; index++) {
        reports[index].first = reports[index].last;
    }
}

// The backend's rate between its first and last report, held over the whole measurement.
void stream_end_reports(void) {
    for (unsigned index = 0; reports != NULL && index < clients.count; index++) {
        const struct report_frame *first = &reports[index].first, *last = &reports[index].last;
        if (last->time_ns <= first->time_ns) continue;
        double seconds = (double)(last->time_ns - first->time_ns) / 1e9;
        double bytes = (double)(last->received_bytes - first->received_bytes);
        run.bytes += (uint64_t)(bytes / seconds * run.measured_seconds);
        run.checked.checked_bytes += last->checked_bytes - first->checked_bytes;
        run.checked.checksum ^= last->checksum;
    }
}

static void connected(struct client *client) {
    if (!client_is_connected(client)) return;
    // A stream that had to be made again is counted from its own start.
    if (reports != NULL) memset(&reports[client - clients.all], 0, sizeof *reports);
    uint64_t seed = client->seed;
    if (send(client->endpoint.descriptor, &seed, sizeof seed, MSG_NOSIGNAL) != PREAMBLE_BYTES) {
        client_failed(client, FAILURE_RESET, "send", errno);
        return;
    }
    client->state = CLIENT_STREAMING;
    client_opened(client);
    bool is_up = run.settings.scenario == SCENARIO_BULK_UP;
    endpoint_watch(&client->endpoint, is_up ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

// One write for each event: every stream has its turn, and so has the receiving half when both
// are in this process.
static void send_piece(struct client *client) {
    ssize_t count = send(client->endpoint.descriptor, pattern_at(client->seed, client->sent),
                         WRITE_BYTES, MSG_NOSIGNAL);
    if (count > 0) {
        client->sent += (uint64_t)count;
        client->progress_ns = now_ns();
    } else if (errno != EAGAIN) {
        client_failed(client, FAILURE_RESET, "send", errno);
    }
}

static void reported(struct client *client, size_t count) {
    if (reports == NULL) {
        client_failed(client, FAILURE_MISMATCH, "bytes came down a stream that goes up", 0);
        return;
    }
    struct reported *report = &reports[client - clients.all];
    for (size_t index = 0; index < count; index++) {
        report->partial[report->partial_bytes++] = buffer[index];
        if (report->partial_bytes < sizeof report->last) continue;
        report->partial_bytes = 0;
        memcpy(&report->last, report->partial, sizeof report->last);
        if (report->first.time_ns == 0) report->first = report->last;
        if (report->last.mismatches > 0) {
            client_failed(client, FAILURE_MISMATCH, "the backend got other bytes than sent", 0);
            return;
        }
    }
}

static void received(struct client *client, size_t count) {
    if (run.settings.scenario == SCENARIO_BULK_UP) {
        reported(client, count);
        return;
    }
    if (!pattern_matches(client->seed, client->received, buffer, count, run.settings.depth,
                         &run.checked)) {
        client_failed(client, FAILURE_MISMATCH, "other bytes came than the backend sent", 0);
        return;
    }
    client->received += count;
    client->progress_ns = now_ns();
    if (!is_counting()) return;
    run.bytes += count;
}

void stream_ready(struct endpoint *endpoint, uint32_t events) {
    struct client *client = (struct client *)endpoint;
    if (client->state == CLIENT_CONNECTING) {
        connected(client);
        return;
    }
    if (events & EPOLLOUT) {
        send_piece(client);
        if (client->state == CLIENT_CLOSED) return;
    }
    if (!(events & (EPOLLIN | EPOLLERR | EPOLLHUP))) return;
    ssize_t count = recv(client->endpoint.descriptor, buffer, sizeof buffer, 0);
    if (count > 0) {
        received(client, (size_t)count);
    } else if (count == 0) {
        client_failed(client, FAILURE_SHORT, "closed by the proxy", 0);
    } else if (errno != EAGAIN) {
        client_failed(client, FAILURE_RESET, "recv", errno);
    }
}
