// swivel-load: the load client and the backend server that perf/compare measures proxies with.
#include <signal.h>

#include "run.h"

int main(int count, char **arguments) {
    signal(SIGPIPE, SIG_IGN);
    return run_to_end(settings_parse(count, arguments));
}
