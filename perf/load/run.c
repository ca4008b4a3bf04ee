#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "backend.h"
#include "clients.h"
#include "endpoint.h"
#include "http.h"
#include "report.h"

enum { EXIT_LOAD_FAILED = 1, TURN_MS_MAX = 10, CHECK_SECONDS_MAX = 10, DRAIN_SECONDS_MAX = 2 };
enum { SETTLE_MICROSECONDS = 5000 };

struct run run;

static volatile sig_atomic_t is_stopped;
static struct rusage usage_at_start;
static uint64_t deadline_ns;

static uint64_t in_seconds(double seconds) {
    return now_ns() + (uint64_t)(seconds * 1e9);
}

void run_failed(enum failure failure, const char *what, int error_number) {
    run.failures[failure]++;
    if (run.first_failure[0] != 0) return;
    snprintf(run.first_failure, sizeof run.first_failure, "%s%s%s", what,
             error_number != 0 ? ": " : "", error_number != 0 ? strerror(error_number) : "");
}

uint64_t run_failure_count(void) {
    uint64_t count = 0;
    for (int kind = 0; kind < FAILURE_KINDS; kind++) count += run.failures[kind];
    return count;
}

// Says where the run stands and waits for a line: whoever measures the proxy takes its readings
// here, while no load runs. Load and readings then cover the same span exactly.
static void checkpoint(const char *name) {
    if (!run.settings.waits_for_orders) return;
    fprintf(stderr, "%s\n", name);
    fflush(stderr);
    char byte;
    do {
        ssize_t count = read(STDIN_FILENO, &byte, 1);
        if (count == 0) exit(EXIT_LOAD_FAILED);  // Nobody is there any more.
        if (count < 0 && errno != EINTR) die("standard input: %s", strerror(errno));
    } while (byte != '\n');
    // Whoever gave the order may share this core: it gets time to fall asleep again, so that its
    // last steps are not measured as latency.
    usleep(SETTLE_MICROSECONDS);
}

static double seconds_of(struct timeval since, struct timeval until) {
    return (double)(until.tv_sec - since.tv_sec) + (double)(until.tv_usec - since.tv_usec) / 1e6;
}

static void begin_warming(void) {
    run.phase = PHASE_WARMING;
    deadline_ns = in_seconds(run.settings.warmup_seconds);
    clients_start();
}

static void begin_measuring(void) {
    checkpoint("warmed");
    run.operations = run.bytes = 0;
    run.checked = (struct pattern_result){0};
    histogram_reset(&run.latencies);
    getrusage(RUSAGE_SELF, &usage_at_start);
    run.phase = PHASE_MEASURING;
    run.measuring_since_ns = now_ns();
    deadline_ns = run.measuring_until_ns = in_seconds(run.settings.measured_seconds);
    clients_start();
}

static void end_load(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    run.cpu_user_seconds = seconds_of(usage_at_start.ru_utime, usage.ru_utime);
    run.cpu_system_seconds = seconds_of(usage_at_start.ru_stime, usage.ru_stime);
    uint64_t now = now_ns();
    run.measured_seconds = (double)(now - run.measuring_since_ns) / 1e9;
    checkpoint("measured");
    uint64_t since = now - 1000000000ull;
    clients_count_unanswered();
    clients_count_stalled(since > run.measuring_since_ns ? since : run.measuring_since_ns);
    stream_end_reports();
    run.phase = PHASE_FINISHED;
    if (run.settings.idle_count == 0) return;
    run.phase = PHASE_CHECKING;
    deadline_ns = in_seconds(CHECK_SECONDS_MAX);
    clients_begin_check();
}

static void end_measuring(void) {
    if (run.settings.open_loop_rate == 0) {
        end_load();
        return;
    }
    run.phase = PHASE_DRAINING;
    deadline_ns = in_seconds(DRAIN_SECONDS_MAX);
}

static void end_checking(void) {
    unsigned silent = clients.count - clients.busy_count - clients.checked_count;
    for (; silent > 0; silent--) run_failed(FAILURE_STALLED, "a silent connection is dead", 0);
    run.phase = PHASE_FINISHED;
}

static void advance(void) {
    bool is_due = now_ns() >= deadline_ns;
    switch (run.phase) {
    case PHASE_OPENING:
        if (clients_are_open()) {
            begin_warming();
        } else if (is_due) {
            die("after %g s only %u of %u connections stand (%llu failures, first: %s)",
                run.settings.setup_seconds_max, clients.opened_count, clients.count,
                (unsigned long long)run_failure_count(), run.first_failure);
        }
        break;
    case PHASE_WARMING:
        if (is_due) begin_measuring();
        break;
    case PHASE_MEASURING:
        if (is_due) end_measuring();
        break;
    case PHASE_DRAINING:
        if (is_due || clients_owe_nothing()) end_load();
        break;
    case PHASE_CHECKING:
        if (is_due || clients.checked_count == clients.count - clients.busy_count) end_checking();
        break;
    case PHASE_FINISHED: break;
    }
}

static int turn_ms(void) {
    uint64_t now = now_ns();
    uint64_t left_ms = deadline_ns > now ? (deadline_ns - now) / 1000000 : 0;
    return left_ms < TURN_MS_MAX ? (int)left_ms : TURN_MS_MAX;
}

static void run_client(void) {
    deadline_ns = in_seconds(run.settings.setup_seconds_max);
    clients_open_more();
    while (run.phase != PHASE_FINISHED) {
        poller_turn(turn_ms());
        clients_tick();
        advance();
    }
}

static void stop(int number) {
    (void)number;
    is_stopped = 1;
}

static void run_server(void) {
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    run.phase = PHASE_MEASURING;
    run.measuring_since_ns = now_ns();
    getrusage(RUSAGE_SELF, &usage_at_start);
    while (!is_stopped) {
        poller_turn(TURN_MS_MAX);
        backend_tick();
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    run.cpu_user_seconds = seconds_of(usage_at_start.ru_utime, usage.ru_utime);
    run.cpu_system_seconds = seconds_of(usage_at_start.ru_stime, usage.ru_stime);
    run.measured_seconds = (double)(now_ns() - run.measuring_since_ns) / 1e9;
    backend_end();
}

int run_to_end(struct settings settings) {
    run.settings = settings;
    pattern_prepare();
    if (settings.scenario == SCENARIO_HTTP) http_prepare();
    poller_open();
    enum role role = settings.role;
    unsigned connections = settings.connection_count + settings.idle_count;
    need_descriptors(role == ROLE_BOTH ? 2 * connections : connections);
    if (role != ROLE_CLIENT) {
        char listening[32];
        unsigned port = backend_listen(settings.listen_address);
        snprintf(listening, sizeof listening, "listening %u", port);
        if (role == ROLE_SERVER && !settings.waits_for_orders) fprintf(stderr, "%s\n", listening);
        checkpoint(listening);
    }
    if (role == ROLE_SERVER) {
        run_server();
    } else {
        clients_prepare();
        run_client();
    }
    report_print();
    return 0;
}
