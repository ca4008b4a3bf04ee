#include "clients.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

enum {
    // Connections being made at once: far below any listener's backlog.
    OPENING_MAX = 64,
    // Silent ones checked at once: as many as all would ask a proxy for more than it was measured with.
    CHECKING_MAX = 64,
    RETRY_AFTER_NS = 10 * 1000 * 1000,
};

static const uint64_t seed_step = 104729;  // prime to the period

struct clients clients;

static struct address proxy;
static unsigned next_to_open;
static unsigned opening_count;
static unsigned closed_count;
static unsigned next_to_check;
static uint64_t seed_count;

// The schedule of the open loop: request i is due at start + i / rate, on connection i mod N.
static uint64_t schedule_start_ns;
static uint64_t schedule_next;

static bool is_open_loop(void) {
    return run.settings.open_loop_rate > 0;
}

static uint64_t due_ns(uint64_t index) {
    return schedule_start_ns + (uint64_t)((double)index * 1e9 / run.settings.open_loop_rate);
}

static void timer_ready(struct endpoint *endpoint, uint32_t events) {
    (void)endpoint, (void)events;  // Waking up was the whole purpose; the tick reads the clock.
}

static struct endpoint timer = {.descriptor = -1, .ready = timer_ready};

static void wake_at(uint64_t time_ns) {
    static uint64_t armed_ns;
    if (time_ns == armed_ns) return;
    armed_ns = time_ns;
    struct itimerspec when = {.it_value = {(time_t)(time_ns / 1000000000ull),
                                           (long)(time_ns % 1000000000ull)}};
    timerfd_settime(timer.descriptor, TFD_TIMER_ABSTIME, &when, NULL);
}

static void (*handler(void))(struct endpoint *, uint32_t) {
    switch (run.settings.scenario) {
    case SCENARIO_BULK_UP:
    case SCENARIO_BULK_DOWN: return stream_ready;
    case SCENARIO_HTTP: return http_ready;
    case SCENARIO_WEBSOCKET: return websocket_ready;
    default: return exchange_ready;
    }
}

void clients_prepare(void) {
    const struct settings *settings = &run.settings;
    clients.busy_count = settings->connection_count;
    clients.count = settings->connection_count + settings->idle_count;
    clients.all = calloc(clients.count, sizeof *clients.all);
    if (clients.all == NULL) die("%u clients: out of memory", clients.count);
    for (unsigned index = 0; index < clients.count; index++) {
        struct client *client = &clients.all[index];
        client->endpoint.descriptor = -1;
        client->endpoint.ready = handler();
        client->is_busy = index < clients.busy_count;
    }
    proxy = resolve(settings->connect_address);
    stream_prepare_reports();
    if (!is_open_loop()) return;
    timer.descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer.descriptor < 0) die("timerfd_create: %s", strerror(errno));
    // Edge-triggered: an expired timer is reported once and needs no read.
    endpoint_watch(&timer, EPOLLIN | EPOLLET);
}

// Every walk has another start, far from its predecessor's: bytes that belong to another
// connection, or to another request, are never right by chance.
uint64_t client_next_seed(void) {
    return seed_step * ++seed_count % PATTERN_PERIOD;
}

void client_connect(struct client *client) {
    client->seed = client_next_seed();
    client->sent = client->received = 0;
    client->unsent_bytes = client->unanswered_bytes = 0;
    client->started_ns = client->progress_ns = now_ns();
    client->endpoint.descriptor = connect_socket(&proxy);
    if (client->endpoint.descriptor < 0) {
        client_failed(client, FAILURE_CONNECT, "connect", errno);
        return;
    }
    client->state = CLIENT_CONNECTING;
    endpoint_watch(&client->endpoint, EPOLLOUT);
}

void clients_open_more(void) {
    while (next_to_open < clients.count && opening_count < OPENING_MAX) {
        opening_count++;
        client_connect(&clients.all[next_to_open++]);
    }
}

void client_opened(struct client *client) {
    if (client->has_opened) return;
    client->has_opened = true;
    clients.opened_count++;
    opening_count--;
}

// Churn's connections are never all open: that they go round is enough.
bool clients_are_open(void) {
    return run.settings.scenario == SCENARIO_CHURN || clients.opened_count == clients.count;
}

void client_failed(struct client *client, enum failure failure, const char *what, int error) {
    run_failed(failure, what, error);
    if (client->endpoint.descriptor >= 0) endpoint_close(&client->endpoint);
    free(client->stash.bytes);
    client->stash = (struct http_stash){0};
    client->state = CLIENT_CLOSED;
    client->retry_ns = now_ns() + RETRY_AFTER_NS;
    closed_count++;
}

void clients_start(void) {
    if (is_bulk(run.settings.scenario)) {
        if (run.phase == PHASE_MEASURING) stream_begin_reports();
        return;
    }
    if (run.settings.scenario == SCENARIO_CHURN) return;
    if (!is_open_loop()) {
        // A closed loop that goes round already needs no second push.
        for (unsigned index = 0; index < clients.busy_count; index++) {
            if (clients.all[index].state == CLIENT_READY) client_proceed(&clients.all[index]);
        }
        return;
    }
    schedule_start_ns = now_ns();
    schedule_next = 0;
    for (unsigned index = 0; index < clients.busy_count; index++) {
        clients.all[index].due_index = index;
    }
}

static void check_more(void);

void client_answered(struct client *client) {
    if (is_counting() && client->is_busy) {
        run.operations++;
        // What began before the measurement has waited through its start: it counts as work done,
        // but its latency is not a true one.
        if (client->started_ns >= run.measuring_since_ns) {
            histogram_record(&run.latencies, now_ns() - client->started_ns);
        }
    }
    client->state = CLIENT_READY;
    client_opened(client);
    if (run.phase != PHASE_CHECKING || client->is_busy) return;
    clients.checked_count++;
    check_more();
}

static void begin_request(struct client *client, uint64_t started_ns) {
    switch (run.settings.scenario) {
    case SCENARIO_HTTP: http_begin(client, started_ns); break;
    case SCENARIO_WEBSOCKET: websocket_begin(client, started_ns); break;
    default: exchange_begin(client, started_ns);
    }
}

void client_proceed(struct client *client) {
    bool is_under_load = run.phase == PHASE_WARMING || run.phase == PHASE_MEASURING ||
                         run.phase == PHASE_DRAINING;
    if (!client->is_busy || !is_under_load) return;
    if (!is_open_loop()) {
        if (run.phase != PHASE_DRAINING) begin_request(client, now_ns());
        return;
    }
    uint64_t due = due_ns(client->due_index);
    if (due > now_ns()) return;
    if (run.phase != PHASE_WARMING && due >= run.measuring_until_ns) return;
    client->due_index += clients.busy_count;
    begin_request(client, due);
}

static void send_due(void) {
    uint64_t now = now_ns();
    while (due_ns(schedule_next) <= now) {
        struct client *client = &clients.all[schedule_next % clients.busy_count];
        schedule_next++;
        if (client->state == CLIENT_READY) client_proceed(client);
    }
    wake_at(due_ns(schedule_next));
}

static void retry_closed(void) {
    uint64_t now = now_ns();
    unsigned count = next_to_open;
    for (unsigned index = 0; index < count && closed_count > 0; index++) {
        struct client *client = &clients.all[index];
        if (client->state != CLIENT_CLOSED || client->retry_ns > now) continue;
        closed_count--;
        client_connect(client);
    }
}

void clients_tick(void) {
    clients_open_more();
    if (closed_count > 0) retry_closed();
    // Draining too: what fell due between the last look and the end has not been sent yet.
    bool is_under_load = run.phase == PHASE_WARMING || is_counting();
    if (is_open_loop() && is_under_load) send_due();
}

bool clients_owe_nothing(void) {
    for (unsigned index = 0; index < clients.busy_count; index++) {
        const struct client *client = &clients.all[index];
        if (client->state != CLIENT_READY) return false;
        if (due_ns(client->due_index) < run.measuring_until_ns) return false;
    }
    return true;
}

void clients_count_unanswered(void) {
    for (unsigned index = 0; is_open_loop() && index < clients.busy_count; index++) {
        const struct client *client = &clients.all[index];
        bool is_counted = client->started_ns >= run.measuring_since_ns;
        if (client->state == CLIENT_WAITING && is_counted) {
            run_failed(FAILURE_UNANSWERED, "not answered in time", 0);
        }
        for (uint64_t due = client->due_index; due_ns(due) < run.measuring_until_ns;
             due += clients.busy_count) {
            run_failed(FAILURE_UNANSWERED, "not even sent in time", 0);
        }
    }
}

static void check_more(void) {
    while (next_to_check < clients.count &&
           next_to_check - clients.busy_count < clients.checked_count + CHECKING_MAX) {
        struct client *client = &clients.all[next_to_check++];
        // One that is closed or under way has failed before, and that is counted.
        if (client->state == CLIENT_READY) {
            begin_request(client, now_ns());
        } else {
            clients.checked_count++;
        }
    }
}

void clients_begin_check(void) {
    next_to_check = clients.busy_count;
    check_more();
}

void clients_count_stalled(uint64_t since_ns) {
    for (unsigned index = 0; index < clients.count; index++) {
        const struct client *client = &clients.all[index];
        bool has_work = client->state == CLIENT_WAITING || client->state == CLIENT_STREAMING ||
                        client->state == CLIENT_CONNECTING || client->state == CLIENT_ENDING;
        if (has_work && client->progress_ns < since_ns) run_failed(FAILURE_STALLED, "stalled", 0);
    }
}
