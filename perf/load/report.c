#include "report.h"

#include <stdio.h>

#include "clients.h"
#include "run.h"

static const char *const failure_names[FAILURE_KINDS] = {
    [FAILURE_CONNECT] = "connect",   [FAILURE_RESET] = "reset",
    [FAILURE_SHORT] = "short",       [FAILURE_MISMATCH] = "mismatch",
    [FAILURE_STATUS] = "status",     [FAILURE_STALLED] = "stalled",
    [FAILURE_UNANSWERED] = "unanswered",
};

static double percentile_us(double share) {
    return histogram_percentile(&run.latencies, share) / 1e3;
}

static void print_failures(void) {
    printf("\"errors\":%llu,\"errors_by_kind\":{", (unsigned long long)run_failure_count());
    for (int kind = 0; kind < FAILURE_KINDS; kind++) {
        printf("%s\"%s\":%llu", kind == 0 ? "" : ",", failure_names[kind],
               (unsigned long long)run.failures[kind]);
    }
    fputs("},\"first_error\":", stdout);
    // Made of our own words and strerror's: no quote or backslash to escape.
    if (run.first_failure[0] != 0) {
        printf("\"%s\",", run.first_failure);
    } else {
        fputs("null,", stdout);
    }
}

static void print_latencies(void) {
    const struct histogram *latencies = &run.latencies;
    if (latencies->count == 0) {
        fputs("\"latency_us\":null,", stdout);
        return;
    }
    printf("\"latency_us\":{\"count\":%llu,\"mean\":%.3f,\"p50\":%.3f,\"p99\":%.3f,"
           "\"p99.9\":%.3f,\"max\":%.3f},",
           (unsigned long long)latencies->count, latencies->sum / (double)latencies->count / 1e3,
           percentile_us(0.5), percentile_us(0.99), percentile_us(0.999),
           (double)latencies->max / 1e3);
}

void report_print(void) {
    static const char *const roles[] = {"both", "client", "server"};
    const struct settings *settings = &run.settings;
    bool is_http = settings->scenario == SCENARIO_HTTP;
    bool has_messages = is_http || settings->scenario == SCENARIO_WEBSOCKET;
    bool counts_bytes = is_bulk(settings->scenario) || (settings->role == ROLE_SERVER && !has_messages);
    double amount = (double)(counts_bytes ? run.bytes : run.operations);
    printf("{\"scenario\":\"%s\",\"role\":\"%s\",", scenario_name(settings->scenario),
           roles[settings->role]);
    printf("\"connections\":%u,\"idle_connections\":%u,\"message_bytes\":%u,",
           settings->connection_count, settings->idle_count, settings->message_bytes);
    if (is_http) {
        printf("\"answer_bytes\":%u,\"body_bytes\":%u,\"asks_to_close\":%s,", settings->answer_bytes,
               settings->body_bytes, settings->asks_to_close ? "true" : "false");
    }
    printf("\"open_loop_rate\":%g,\"duration_s\":%.6f,", settings->open_loop_rate,
           run.measured_seconds);
    printf("\"operations\":%llu,\"bytes\":%llu,", (unsigned long long)run.operations,
           (unsigned long long)run.bytes);
    print_failures();
    printf("\"rate\":%.3f,\"rate_unit\":\"%s\",",
           run.measured_seconds > 0 ? amount / run.measured_seconds : 0,
           counts_bytes ? "bytes/s" : "operations/s");
    print_latencies();
    printf("\"checksum\":\"%016llx\",\"checked_bytes\":%llu,",
           (unsigned long long)run.checked.checksum,
           (unsigned long long)run.checked.checked_bytes);
    printf("\"backend_connections\":%llu,\"backend_resets\":%llu,",
           (unsigned long long)run.backend_connections, (unsigned long long)run.backend_resets);
    printf("\"cpu_user_s\":%.6f,\"cpu_system_s\":%.6f}\n", run.cpu_user_seconds,
           run.cpu_system_seconds);
}
