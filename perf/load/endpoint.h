// Sockets and the poller. An endpoint is a descriptor and the function to call when it is ready.
// Knows the kernel. Knows nothing of scenarios.
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct endpoint {
    int descriptor;  // -1: closed
    uint32_t interest;
    void (*ready)(struct endpoint *endpoint, uint32_t events);
};

struct address {
    struct sockaddr_storage storage;
    socklen_t bytes;
};

uint64_t now_ns(void);

// Ends the process with a message that says what failed (exit code 71).
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

struct address resolve(const char *text);

void poller_open(void);
void poller_turn(int timeout_ms);

// Small exchanges ask for edges (EPOLLET): the kernel then need not look at every socket once more
// after each answer. A receive that does not fill its buffer has emptied the socket, and the end of
// the connection is an edge of its own (EPOLLRDHUP): so nothing is missed.
void endpoint_watch(struct endpoint *endpoint, uint32_t interest);
void endpoint_close(struct endpoint *endpoint);

// A listening socket, or the start of a connection: watched descriptors that never block.
int listen_socket(const struct address *address);
unsigned port_of(int descriptor);
int connect_socket(const struct address *address);
void set_no_delay(int descriptor);

// Raises the descriptor limit as far as it goes and dies where `needed` still do not fit.
void need_descriptors(unsigned needed);

#endif
