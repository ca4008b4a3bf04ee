#define _GNU_SOURCE
#include "endpoint.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 256, BACKLOG = 4096, EXIT_SYSTEM = 71 };

static int poller = -1;

uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("swivel-load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(EXIT_SYSTEM);
}

struct address resolve(const char *text) {
    char host[256];
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof host) {
        die("%s: HOST:PORT is needed", text);
    }
    const char *start = text, *end = colon;
    if (*start == '[' && end > start && end[-1] == ']') start++, end--;
    memcpy(host, start, (size_t)(end - start));
    host[end - start] = 0;

    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    int failure = getaddrinfo(host, colon + 1, &hints, &found);
    if (failure != 0) die("%s: %s", text, gai_strerror(failure));
    struct address address = {.bytes = found->ai_addrlen};
    memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return address;
}

void poller_open(void) {
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0) die("epoll_create1: %s", strerror(errno));
}

// A handler touches its own endpoint only, and an endpoint stands at most once in a batch: so no
// event of a batch can meet an endpoint that an earlier one has closed.
void poller_turn(int timeout_ms) {
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(poller, events, EVENTS_MAX, timeout_ms);
    if (count < 0 && errno != EINTR) die("epoll_wait: %s", strerror(errno));
    for (int index = 0; index < count; index++) {
        struct endpoint *endpoint = events[index].data.ptr;
        endpoint->ready(endpoint, events[index].events);
    }
}

void endpoint_watch(struct endpoint *endpoint, uint32_t interest) {
    if (endpoint->interest == interest) return;
    struct epoll_event event = {.events = interest, .data.ptr = endpoint};
    int operation = endpoint->interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(poller, operation, endpoint->descriptor, &event) < 0) {
        die("epoll_ctl: %s", strerror(errno));
    }
    endpoint->interest = interest;
}

void endpoint_close(struct endpoint *endpoint) {
    close(endpoint->descriptor);
    endpoint->descriptor = -1;
    endpoint->interest = 0;
}

int listen_socket(const struct address *address) {
    int one = 1;
    int family = address->storage.ss_family;
    int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) die("socket: %s", strerror(errno));
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    // Accepted sockets inherit it: one call less for each connection.
    set_no_delay(descriptor);
    if (bind(descriptor, (const struct sockaddr *)&address->storage, address->bytes) < 0) {
        die("bind: %s", strerror(errno));
    }
    if (listen(descriptor, BACKLOG) < 0) die("listen: %s", strerror(errno));
    return descriptor;
}

unsigned port_of(int descriptor) {
    struct sockaddr_storage bound;
    socklen_t bytes = sizeof bound;
    if (getsockname(descriptor, (struct sockaddr *)&bound, &bytes) < 0) {
        die("getsockname: %s", strerror(errno));
    }
    if (bound.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&bound)->sin6_port);
    return ntohs(((struct sockaddr_in *)&bound)->sin_port);
}

int connect_socket(const struct address *address) {
    int family = address->storage.ss_family;
    int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    set_no_delay(descriptor);
    if (connect(descriptor, (const struct sockaddr *)&address->storage, address->bytes) < 0 &&
        errno != EINPROGRESS) {
        int failure = errno;
        close(descriptor);
        errno = failure;
        return -1;
    }
    return descriptor;
}

void set_no_delay(int descriptor) {
    int one = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

void need_descriptors(unsigned needed) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    // Standard streams, the poller, the timer, the listener, and a few for luck.
    if (limit.rlim_max < needed + 32ull) {
        die("%u descriptors are needed and the hard limit is %llu: raise it (ulimit -Hn), ask for "
            "fewer connections, or run client and server as two processes (--role)",
            needed + 32, (unsigned long long)limit.rlim_max);
    }
}
