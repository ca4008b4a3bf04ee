// One run: its phases in time and what it has counted. Client and backend both write here; they
// share one thread, so plain numbers do.
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"
#include "pattern.h"
#include "settings.h"

enum phase {
    PHASE_OPENING,    // connections are made; each but a stream has echoed once at the end
    PHASE_WARMING,    // load, not counted
    PHASE_MEASURING,  // load, counted
    PHASE_DRAINING,   // open loop: requests that were due in time may still be answered
    PHASE_CHECKING,   // idle: every silent connection must be answered once more
    PHASE_FINISHED,
};

enum failure {
    FAILURE_CONNECT,     // refused, timed out, no port left
    FAILURE_RESET,       // the connection broke
    FAILURE_SHORT,       // it ended before the answer was whole
    FAILURE_MISMATCH,    // other bytes than were sent
    FAILURE_STATUS,      // HTTP: another status than 200
    FAILURE_STALLED,     // no progress for a second, or for the whole measurement
    FAILURE_UNANSWERED,  // open loop: due in time, not answered even two seconds after the end
    FAILURE_KINDS,
};

struct run {
    struct settings settings;
    enum phase phase;
    uint64_t measuring_since_ns;
    uint64_t measuring_until_ns;
    double measured_seconds;
    double cpu_user_seconds, cpu_system_seconds;

    uint64_t operations;
    uint64_t bytes;  // received by whoever is the receiver of the scenario
    struct pattern_result checked;
    struct histogram latencies;  // nanoseconds

    // From the first connect on, warm-up included: a fault is never out of season.
    uint64_t failures[FAILURE_KINDS];
    char first_failure[160];
    // Not a failure by itself: some proxies end the server side by a reset once all is delivered.
    uint64_t backend_resets;
    uint64_t backend_connections;
};

extern struct run run;

// Runs the whole thing; returns the exit code.
int run_to_end(struct settings settings);

void run_failed(enum failure failure, const char *what, int error_number);
uint64_t run_failure_count(void);

static inline bool is_counting(void) {
    return run.phase == PHASE_MEASURING || run.phase == PHASE_DRAINING;
}

#endif
