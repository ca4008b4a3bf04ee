#include "settings.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_USAGE = 64,
    // Comparing more in full costs the load more than receiving it.
    SAMPLED_ABOVE_BYTES = 64 * 1024,
    BODY_BYTES_MAX = 1 << 30,
    HOSTS_MAX = 10000,  // four digits
};

static const char *const scenario_names[] = {
    [SCENARIO_ECHO] = "echo",           [SCENARIO_CHURN] = "churn", [SCENARIO_BULK_UP] = "bulk-up",
    [SCENARIO_BULK_DOWN] = "bulk-down", [SCENARIO_IDLE] = "idle",
    [SCENARIO_HTTP] = "http",           [SCENARIO_WEBSOCKET] = "websocket",
};
static const char *const role_names[] = {
    [ROLE_BOTH] = "both", [ROLE_CLIENT] = "client", [ROLE_SERVER] = "server",
};
static const char *const depth_names[] = {
    [PATTERN_SAMPLED] = "sampled", [PATTERN_FULL] = "full",
};

static const char usage_text[] =
    "swivel-load: load and backend for measuring a TCP, HTTP or WebSocket proxy, on one thread\n"
    "\n"
    "  swivel-load --scenario echo --connect 127.0.0.1:8080 --listen 127.0.0.1:9000\n"
    "\n"
    "  --role both|client|server   which part this process plays [both]\n"
    "  --scenario NAME             echo, churn, bulk-up, bulk-down, idle, http, websocket [echo]\n"
    "  --connect HOST:PORT         the proxy (client); [ADDRESS]:PORT for IPv6\n"
    "  --listen HOST:PORT          the backend (server); port 0: the kernel chooses\n"
    "  --connections N             echo, churn, http and websocket 64, bulk 1, idle 500\n"
    "                              busy ones\n"
    "  --idle M                    silent connections of idle [8750], http and websocket [0]\n"
    "  --size BYTES                message of echo, churn, idle and websocket [128]\n"
    "  --answer BYTES              http: body of an answer [128]\n"
    "  --body BYTES                http: body of a request, which then is a POST [0: a GET]\n"
    "  --close                     http: each request asks to close its connection\n"
    "  --hosts N                   http: requests ask for one of h0000.example to hN-1.example,\n"
    "                              at random [0: for load.example]\n"
    "  --warmup SECONDS            before the measurement [1]\n"
    "  --seconds SECONDS           the measurement [5]\n"
    "  --open-loop RATE            echo and http: requests a second over all connections, latency\n"
    "                              counted from the moment each was due [0: closed loop]\n"
    "  --verify sampled|full       how much of bulk, and of HTTP bodies above 64 KiB, is compared;\n"
    "                              all else is always compared in full [sampled]\n"
    "  --setup-timeout SECONDS     until every connection must stand [30]\n"
    "  --sync                      report checkpoints (listening PORT, warmed, measured) on\n"
    "                              standard error and wait for a line on standard input at each\n"
    "  --help\n"
    "\n"
    "Prints one line of JSON. A server ends, and prints its line, on SIGTERM or SIGINT.\n";

__attribute__((noreturn, format(printf, 1, 2))) static void refuse(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("swivel-load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("; --help lists the options\n", stderr);
    va_end(arguments);
    exit(EXIT_USAGE);
}

static double number(const char *option, const char *text, double least, double most) {
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (errno != 0 || end == text || *end != 0 || !(value >= least && value <= most)) {
        refuse("--%s %s: a number from %g to %g is needed", option, text, least, most);
    }
    return value;
}

static int choice(const char *option, const char *text, const char *const *names, int count) {
    for (int index = 0; index < count; index++) {
        if (strcmp(text, names[index]) == 0) return index;
    }
    char known[128] = "";
    for (int index = 0; index < count; index++) {
        strncat(known, names[index], sizeof known - strlen(known) - 2);
        if (index + 1 < count) strcat(known, " ");
    }
    refuse("--%s %s: one of %s is needed", option, text, known);
}

enum option_key {
    OPTION_ROLE = 1,
    OPTION_SCENARIO,
    OPTION_CONNECT,
    OPTION_LISTEN,
    OPTION_CONNECTIONS,
    OPTION_IDLE,
    OPTION_SIZE,
    OPTION_ANSWER,
    OPTION_BODY,
    OPTION_CLOSE,
    OPTION_HOSTS,
    OPTION_WARMUP,
    OPTION_SECONDS,
    OPTION_OPEN_LOOP,
    OPTION_VERIFY,
    OPTION_SETUP_TIMEOUT,
    OPTION_SYNC,
    OPTION_HELP,
};

static const struct option options[] = {
    {"role", required_argument, NULL, OPTION_ROLE},
    {"scenario", required_argument, NULL, OPTION_SCENARIO},
    {"connect", required_argument, NULL, OPTION_CONNECT},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"idle", required_argument, NULL, OPTION_IDLE},
    {"size", required_argument, NULL, OPTION_SIZE},
    {"answer", required_argument, NULL, OPTION_ANSWER},
    {"body", required_argument, NULL, OPTION_BODY},
    {"close", no_argument, NULL, OPTION_CLOSE},
    {"hosts", required_argument, NULL, OPTION_HOSTS},
    {"warmup", required_argument, NULL, OPTION_WARMUP},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"open-loop", required_argument, NULL, OPTION_OPEN_LOOP},
    {"verify", required_argument, NULL, OPTION_VERIFY},
    {"setup-timeout", required_argument, NULL, OPTION_SETUP_TIMEOUT},
    {"sync", no_argument, NULL, OPTION_SYNC},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

#define CHOICE(text, names) \
    choice(options[index].name, text, names, (int)(sizeof(names) / sizeof *(names)))

static void complete(struct settings *settings, bool has_connections, bool has_idle) {
    if (!has_connections) {
        settings->connection_count = settings->scenario == SCENARIO_IDLE ? 500
                                     : is_bulk(settings->scenario)       ? 1
                                                                         : 64;
    }
    bool is_http = settings->scenario == SCENARIO_HTTP;
    bool may_idle = is_http || settings->scenario == SCENARIO_WEBSOCKET;
    if (settings->scenario != SCENARIO_IDLE && !(may_idle && has_idle)) settings->idle_count = 0;
    bool is_large = is_http && (settings->answer_bytes > SAMPLED_ABOVE_BYTES ||
                                settings->body_bytes > SAMPLED_ABOVE_BYTES);
    if (!is_bulk(settings->scenario) && !is_large) settings->depth = PATTERN_FULL;
    if (settings->asks_to_close && settings->idle_count + settings->open_loop_rate > 0) {
        refuse("--close leaves no connection for --idle or --open-loop");
    }
    if (settings->connection_count + settings->idle_count == 0) {
        refuse("--connections 0: at least one connection is needed");
    }
    if (settings->role != ROLE_SERVER && settings->connect_address == NULL) {
        refuse("--connect is missing: it says where the load goes");
    }
    if (settings->role != ROLE_CLIENT && settings->listen_address == NULL) {
        refuse("--listen is missing: it says where the backend listens");
    }
    if (settings->open_loop_rate > 0 && settings->scenario != SCENARIO_ECHO && !is_http) {
        refuse("--open-loop goes with the scenarios echo and http alone");
    }
}

struct settings settings_parse(int count, char **arguments) {
    struct settings settings = {
        .idle_count = 8750,
        .message_bytes = 128,
        .answer_bytes = 128,
        .warmup_seconds = 1,
        .measured_seconds = 5,
        .setup_seconds_max = 30,
    };
    bool has_connections = false, has_idle = false;
    int key, index = 0;
    opterr = 0;
    while ((key = getopt_long(count, arguments, "", options, &index)) != -1) {
        const char *name = options[index].name;
        switch (key) {
        case OPTION_ROLE: settings.role = (enum role)CHOICE(optarg, role_names); break;
        case OPTION_SCENARIO:
            settings.scenario = (enum scenario)CHOICE(optarg, scenario_names);
            break;
        case OPTION_CONNECT: settings.connect_address = optarg; break;
        case OPTION_LISTEN: settings.listen_address = optarg; break;
        case OPTION_CONNECTIONS:
            settings.connection_count = (unsigned)number(name, optarg, 0, 1e6);
            has_connections = true;
            break;
        case OPTION_IDLE:
            settings.idle_count = (unsigned)number(name, optarg, 0, 1e6);
            has_idle = true;
            break;
        case OPTION_SIZE:
            settings.message_bytes = (unsigned)number(name, optarg, 1, PATTERN_PIECE_MAX);
            break;
        case OPTION_ANSWER:
            settings.answer_bytes = (unsigned)number(name, optarg, 0, BODY_BYTES_MAX);
            break;
        case OPTION_BODY:
            settings.body_bytes = (unsigned)number(name, optarg, 0, BODY_BYTES_MAX);
            break;
        case OPTION_CLOSE: settings.asks_to_close = true; break;
        case OPTION_HOSTS: settings.host_count = (unsigned)number(name, optarg, 0, HOSTS_MAX); break;
        case OPTION_WARMUP: settings.warmup_seconds = number(name, optarg, 0, 1e5); break;
        case OPTION_SECONDS: settings.measured_seconds = number(name, optarg, 0.01, 1e5); break;
        case OPTION_OPEN_LOOP: settings.open_loop_rate = number(name, optarg, 0, 1e8); break;
        case OPTION_VERIFY: settings.depth = (enum pattern_depth)CHOICE(optarg, depth_names); break;
        case OPTION_SETUP_TIMEOUT: settings.setup_seconds_max = number(name, optarg, 0.1, 1e4); break;
        case OPTION_SYNC: settings.waits_for_orders = true; break;
        case OPTION_HELP: fputs(usage_text, stdout); exit(0);
        default: refuse("%s: unknown option or missing value", arguments[optind - 1]);
        }
    }
    if (optind < count) refuse("%s: no plain argument is taken", arguments[optind]);
    complete(&settings, has_connections, has_idle);
    return settings;
}

const char *scenario_name(enum scenario scenario) {
    return scenario_names[scenario];
}
