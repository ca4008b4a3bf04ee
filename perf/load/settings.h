// What the command line asks for. Knows names and numbers; opens nothing.
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "pattern.h"

enum role { ROLE_BOTH, ROLE_CLIENT, ROLE_SERVER };
enum scenario {
    SCENARIO_ECHO,
    SCENARIO_CHURN,
    SCENARIO_BULK_UP,
    SCENARIO_BULK_DOWN,
    SCENARIO_IDLE,
    SCENARIO_HTTP,
    SCENARIO_WEBSOCKET,
};

struct settings {
    enum role role;
    enum scenario scenario;
    const char *connect_address;  // where the load goes: the proxy
    const char *listen_address;   // where the backend listens; port 0: the kernel's choice
    unsigned connection_count;    // echoing, churning or streaming connections; busy ones of idle
    unsigned idle_count;          // silent ones, of idle, http and websocket
    unsigned message_bytes;
    unsigned answer_bytes;  // http: of an answer's body, and of a request's; 0: a GET
    unsigned body_bytes;
    bool asks_to_close;  // http: each request says Connection: close
    unsigned host_count;  // http: different names that requests ask for; 0: one that has no number
    double warmup_seconds;
    double measured_seconds;
    double setup_seconds_max;
    double open_loop_rate;  // requests a second over all connections; 0: closed loop
    enum pattern_depth depth;
    bool waits_for_orders;  // stop at each checkpoint until a line comes on standard input
};

// Ends the process with a message (exit code 64) where the command line is wrong.
struct settings settings_parse(int count, char **arguments);

const char *scenario_name(enum scenario scenario);

static inline bool is_bulk(enum scenario scenario) {
    return scenario == SCENARIO_BULK_UP || scenario == SCENARIO_BULK_DOWN;
}

#endif
