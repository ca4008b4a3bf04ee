/* Thin doors to Linux: each is one system call with its error as a negative result. */
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(swivel_iovec) == sizeof(struct iovec), "the vector is the kernel's");
_Static_assert(sizeof(swivel_message) == sizeof(struct msghdr), "the message is the kernel's");
_Static_assert(offsetof(swivel_message, vectors) == offsetof(struct msghdr, msg_iov), "the message is the kernel's");
_Static_assert(sizeof(swivel_epoll_event) == sizeof(struct epoll_event), "the event is the kernel's");

#define RESULT(call) ({ __typeof__(call) r_ = (call); r_ < 0 ? -(__typeof__(r_))errno : r_; })

int swivel_epoll_create(void) { return RESULT(epoll_create1(EPOLL_CLOEXEC)); }

int swivel_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return RESULT(epoll_ctl(epoll, operation, fd, &event));
}

int swivel_epoll_wait(int epoll, swivel_epoll_event *events, int count, uint64_t timeout_ns) {
    struct timespec timeout = {
        .tv_sec = (time_t)(timeout_ns / 1000000000u), .tv_nsec = (long)(timeout_ns % 1000000000u)};
    int result = epoll_pwait2(epoll, (struct epoll_event *)events, count, &timeout, NULL);
    if (result < 0 && errno == ENOSYS) /* before 5.11: milliseconds, rounded up so as not to spin */
        result = epoll_wait(epoll, (struct epoll_event *)events, count, (int)((timeout_ns + 999999) / 1000000));
    return result < 0 ? -errno : result;
}

int swivel_accept(int fd, int nonblocking) {
    return RESULT(accept4(fd, NULL, NULL, SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0)));
}

int swivel_socket(int family, int nonblocking) {
    return RESULT(socket(family, SOCK_STREAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0));
}

int swivel_connect(int fd, const void *address, unsigned address_bytes) {
    return RESULT(connect(fd, address, address_bytes));
}

int swivel_socket_error(int fd) {
    int error = 0;
    socklen_t bytes = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes) < 0) return -errno;
    return -error;
}

long swivel_send(int fd, const void *bytes, size_t count) {
    return RESULT(send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT));
}

long swivel_send_vectors(int fd, swivel_iovec *vectors, size_t count) {
    struct msghdr message = {.msg_iov = (struct iovec *)vectors, .msg_iovlen = count};
    return RESULT(sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

long swivel_receive(int fd, void *bytes, size_t count) { return RESULT(recv(fd, bytes, count, MSG_DONTWAIT)); }

int swivel_pipe(int ends[2], int bytes) {
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
    int granted = fcntl(ends[1], F_SETPIPE_SZ, bytes);
    if (granted < 0) granted = fcntl(ends[1], F_GETPIPE_SZ);
    return granted < 0 ? -errno : granted;
}

long swivel_splice(int from, int to, size_t count, unsigned flags) {
    return RESULT(splice(from, NULL, to, NULL, count, flags));
}

int swivel_set_nonblocking(int fd, int nonblocking) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -errno;
    return RESULT(fcntl(fd, F_SETFL, nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

int swivel_set_option(int fd, int level, int option, int value) {
    return RESULT(setsockopt(fd, level, option, &value, sizeof value));
}

int swivel_bind_interface(int fd, const char *name) {
    return RESULT(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)));
}

int swivel_linger_zero(int fd) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    return RESULT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
}

int swivel_unsent(int fd) {
    int count = 0;
    if (ioctl(fd, SIOCOUTQ, &count) < 0) return -errno;
    /* A reset leaves the count as it was, of bytes that are gone. The state is the first byte of tcp_info. */
    uint8_t state = 0;
    socklen_t state_bytes = sizeof state;
    if (count > 0 && getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &state_bytes) == 0 && state == TCP_CLOSE) return 0;
    return count;
}

int swivel_eventfd(void) { return RESULT(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int swivel_eventfd_signal(int fd) {
    uint64_t one = 1;
    return write(fd, &one, sizeof one) < 0 ? -errno : 0;
}

int swivel_eventfd_clear(int fd) {
    uint64_t count;
    return read(fd, &count, sizeof count) < 0 ? -errno : 0;
}

int swivel_signalfd(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
    int result = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (result != 0) return -result;
    return RESULT(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int swivel_signalfd_read(int fd) {
    struct signalfd_siginfo info;
    ssize_t count = read(fd, &info, sizeof info);
    if (count < 0) return errno == EAGAIN ? 0 : -errno;
    return (int)info.ssi_signo;
}

int swivel_set_affinity(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return RESULT(sched_setaffinity(0, sizeof set, &set));
}

int swivel_allowed_cores(int *cores, int count) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0) return -errno;
    int found = 0;
    for (int core = 0; core < CPU_SETSIZE && found < count; core++)
        if (CPU_ISSET(core, &set)) cores[found++] = core;
    return found;
}

void swivel_set_thread_name(const char *name) { pthread_setname_np(pthread_self(), name); }

long swivel_raise_descriptor_limit(long wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    struct rlimit asked = limit;
    asked.rlim_cur = wanted > 0 ? (rlim_t)wanted : limit.rlim_max;
    if (asked.rlim_cur > asked.rlim_max) asked.rlim_max = asked.rlim_cur; /* permitted to root alone */
    if (setrlimit(RLIMIT_NOFILE, &asked) < 0) return -errno;
    return (long)asked.rlim_cur;
}

uint64_t swivel_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t swivel_wall_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

long swivel_zone_offset(uint64_t unix_seconds) {
    time_t when = (time_t)unix_seconds;
    struct tm local;
    localtime_r(&when, &local);
    return local.tm_gmtoff;
}

const char *swivel_error_text(int number) {
    const char *text = strerrordesc_np(number);
    return text ? text : "unknown error";
}
