/* What Linux has and Swift's Glibc module lacks, because that module is built without _GNU_SOURCE.
 * Every function returns its result or -errno, so that no caller reads errno after other code ran. */
#ifndef SWIVEL_CLINUX_H
#define SWIVEL_CLINUX_H

#include <stddef.h>
#include <stdint.h>

/* struct iovec and struct msghdr, laid out as sendmsg(2) wants them. */
typedef struct swivel_iovec {
    const void *base;
    size_t count;
} swivel_iovec;

typedef struct swivel_message {
    void *name;
    uint32_t name_bytes;
    swivel_iovec *vectors;
    size_t vector_count;
    void *control;
    size_t control_bytes;
    int flags;
} swivel_message;

/* struct epoll_event of x86-64 is packed, that of other machines is not: it stays in C. */
typedef struct swivel_epoll_event {
    uint32_t events;
    uint64_t data;
}
#if defined(__x86_64__)
__attribute__((packed))
#endif
swivel_epoll_event;

enum {
    SWIVEL_EPOLLIN = 0x1,
    SWIVEL_EPOLLOUT = 0x4,
    SWIVEL_EPOLLERR = 0x8,
    SWIVEL_EPOLLHUP = 0x10,
    SWIVEL_EPOLLRDHUP = 0x2000,
    SWIVEL_EPOLL_ADD = 1,
    SWIVEL_EPOLL_DELETE = 2,
    SWIVEL_EPOLL_MODIFY = 3,
    SWIVEL_SPLICE_MOVE = 1,
    SWIVEL_SPLICE_NONBLOCK = 2,
    SWIVEL_SPLICE_MORE = 4
};

/* Of <netinet/in.h> and <netinet/tcp.h>, where older headers lack some. */
#define SWIVEL_IP_BIND_ADDRESS_NO_PORT 24
#define SWIVEL_TCP_DEFER_ACCEPT 9
#define SWIVEL_TCP_FASTOPEN 23

int swivel_epoll_create(void);
int swivel_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t data);
/* `timeout_ns`: 0 looks only. Returns the number of events. */
int swivel_epoll_wait(int epoll, swivel_epoll_event *events, int count, uint64_t timeout_ns);

/* Non-blocking and close-on-exec. */
int swivel_accept(int fd, int nonblocking);
int swivel_socket(int family, int nonblocking);
int swivel_connect(int fd, const void *address, unsigned address_bytes);
/* The error that a connect in progress ended with: 0 or -errno. */
int swivel_socket_error(int fd);
/* MSG_NOSIGNAL and MSG_DONTWAIT are added. */
long swivel_send(int fd, const void *bytes, size_t count);
long swivel_send_vectors(int fd, swivel_iovec *vectors, size_t count);
long swivel_receive(int fd, void *bytes, size_t count);
/* Pipe ends non-blocking; `bytes` asks for a capacity. Returns the capacity granted or -errno. */
int swivel_pipe(int ends[2], int bytes);
long swivel_splice(int from, int to, size_t count, unsigned flags);
int swivel_set_nonblocking(int fd, int nonblocking);
int swivel_set_option(int fd, int level, int option, int value);
int swivel_bind_interface(int fd, const char *name);
/* The next close resets the connection instead of ending it in order. */
int swivel_linger_zero(int fd);
/* Bytes that the socket holds unsent or unacknowledged (SIOCOUTQ); 0 once it was reset, as they are gone. */
int swivel_unsent(int fd);

int swivel_eventfd(void);
int swivel_eventfd_signal(int fd);
int swivel_eventfd_clear(int fd);
/* Blocks `signals` in this thread and every thread it starts later; reads come from the result. */
int swivel_signalfd(const int *signals, size_t count);
/* The next signal number, 0 where none is pending. */
int swivel_signalfd_read(int fd);

int swivel_set_affinity(int core);
/* The cores this process may use, ascending, at most `count`; returns how many. */
int swivel_allowed_cores(int *cores, int count);
void swivel_set_thread_name(const char *name);
/* Raises the soft limit of descriptors to `wanted` (0: to the hard limit). The limit now in force. */
long swivel_raise_descriptor_limit(long wanted);
uint64_t swivel_monotonic_ns(void);
/* Milliseconds since the epoch, and the local zone's offset from UTC in seconds. */
uint64_t swivel_wall_ms(void);
long swivel_zone_offset(uint64_t unix_seconds);
/* Linux's own name for an error: "ECONNREFUSED"; and its sentence. */
const char *swivel_error_text(int number);

#endif
