/* What Swift sees of io_uring: a mirror of the ring's hot fields, one inline function for each
 * operation, and the constants that liburing 2.3 does not know yet.
 *
 * This header includes neither liburing.h nor anything else under _GNU_SOURCE: Swift's Glibc module
 * is built without it, and a file that imports both fails to build, and only sometimes. */
#ifndef SWIVEL_CLIBURING_H
#define SWIVEL_CLIBURING_H

#include <linux/io_uring.h>
#include <stddef.h>
#include <stdint.h>

/* Newer than Debian 12's headers; the values are the kernel's ABI. */
#define SWIVEL_FEAT_RECVSEND_BUNDLE (1u << 14) /* 6.10 */
#define SWIVEL_RECV_MULTISHOT (1u << 1)        /* 6.0 */
#define SWIVEL_RECVSEND_BUNDLE (1u << 4)       /* 6.10 */
#define SWIVEL_CQE_F_BUFFER (1u << 0)
#define SWIVEL_CQE_F_MORE (1u << 1)
#define SWIVEL_OP_LAST_PROBED 64

/* The ring's hot fields, copied once from liburing's own structure, so that taking an entry or
 * reading a completion is a few loads in Swift's own code and not a call. */
typedef struct swivel_ring {
    unsigned *sq_khead, *sq_ktail;
    struct io_uring_sqe *sqes;
    unsigned sq_mask, sq_entries;
    unsigned sq_tail;       /* entries taken by us */
    unsigned sq_submitted;  /* entries handed to the kernel */
    unsigned *sq_kflags;
    unsigned *cq_khead, *cq_ktail, *cq_koverflow;
    struct io_uring_cqe *cqes;
    unsigned cq_mask;
    int fd;              /* the ring itself */
    int enter_fd;        /* the registered index where registered, else fd */
    unsigned enter_flags;
    unsigned features;   /* IORING_FEAT_* as the kernel reported them */
    unsigned setup_flags;
    void *impl;          /* struct io_uring, owned */
} swivel_ring;

/* A ring of provided buffers: the kernel takes from the head, we add at the tail. */
typedef struct swivel_buffer_ring {
    struct io_uring_buf_ring *ring;
    size_t ring_bytes;
    unsigned entries, mask;
    uint16_t tail;
    uint16_t group;
} swivel_buffer_ring;

/* Makes a ring with these set-up flags, on the thread that will submit. Returns 0 or -errno (ENOSYS, EPERM, EINVAL, ENOMEM). */
int swivel_ring_open(swivel_ring *ring, unsigned entries, unsigned cq_entries, unsigned setup_flags);
/* Registers the ring's own descriptor, which spares a look-up per system call. 0 or -errno. */
int swivel_ring_register_self(swivel_ring *ring);
void swivel_ring_close(swivel_ring *ring);
/* Fills `supported` (SWIVEL_OP_LAST_PROBED bytes) with 1 for every opcode the kernel has. */
int swivel_ring_probe(swivel_ring *ring, uint8_t *supported);

/* Hands over what is queued, then waits for `wait_count` completions, at most `timeout_ns`
 * (0: only run what has finished). Returns the entries the kernel took, or -errno;
 * -ETIME and -EINTR mean only that nothing came. */
int swivel_ring_enter(swivel_ring *ring, unsigned wait_count, uint64_t timeout_ns);

/* `entries` is a power of two, at most 32,768. Returns 0 or -errno. */
int swivel_buffer_ring_open(swivel_ring *ring, swivel_buffer_ring *buffers, unsigned entries, uint16_t group);
void swivel_buffer_ring_close(swivel_ring *ring, swivel_buffer_ring *buffers);

static inline void swivel_buffer_ring_add(swivel_buffer_ring *b, void *address, unsigned bytes, uint16_t id) {
    struct io_uring_buf *slot = &b->ring->bufs[b->tail & b->mask];
    slot->addr = (uint64_t)(uintptr_t)address;
    slot->len = bytes;
    slot->bid = id;
    b->tail++;
}

/* Shows the kernel everything added since the last call. */
static inline void swivel_buffer_ring_publish(swivel_buffer_ring *b) {
    __atomic_store_n(&b->ring->tail, b->tail, __ATOMIC_RELEASE);
}

/* The next free submission entry, zeroed, or NULL where the queue is full. */
static inline struct io_uring_sqe *swivel_ring_entry(swivel_ring *r) {
    unsigned head = __atomic_load_n(r->sq_khead, __ATOMIC_ACQUIRE);
    if (r->sq_tail - head >= r->sq_entries) return NULL;
    struct io_uring_sqe *sqe = &r->sqes[r->sq_tail++ & r->sq_mask];
    __builtin_memset(sqe, 0, sizeof *sqe);
    return sqe;
}

static inline unsigned swivel_ring_unsubmitted(const swivel_ring *r) { return r->sq_tail - r->sq_submitted; }

static inline unsigned swivel_ring_ready(const swivel_ring *r) {
    return __atomic_load_n(r->cq_ktail, __ATOMIC_ACQUIRE) - *r->cq_khead;
}

/* The oldest completion, or NULL; it stays valid until swivel_ring_seen. */
static inline const struct io_uring_cqe *swivel_ring_peek(const swivel_ring *r) {
    unsigned head = *r->cq_khead;
    if (head == __atomic_load_n(r->cq_ktail, __ATOMIC_ACQUIRE)) return NULL;
    return &r->cqes[head & r->cq_mask];
}

static inline void swivel_ring_seen(swivel_ring *r) {
    __atomic_store_n(r->cq_khead, *r->cq_khead + 1, __ATOMIC_RELEASE);
}

/* Completions that the kernel had to keep aside because the queue was full; it delivers them later. */
static inline unsigned swivel_ring_overflowed(const swivel_ring *r) {
    return __atomic_load_n(r->cq_koverflow, __ATOMIC_RELAXED);
}

/* ---- operations: each fills a zeroed entry ---- */

static inline void swivel_prep_accept(struct io_uring_sqe *s, int fd, int multishot, int flags, uint64_t token) {
    s->opcode = IORING_OP_ACCEPT;
    s->fd = fd;
    s->accept_flags = (uint32_t)flags;
    s->ioprio = multishot ? IORING_ACCEPT_MULTISHOT : 0;
    s->user_data = token;
}

static inline void swivel_prep_recv(
    struct io_uring_sqe *s, int fd, uint16_t group, unsigned ioprio, unsigned count, uint64_t token) {
    s->opcode = IORING_OP_RECV;
    s->fd = fd;
    s->len = count;
    s->ioprio = (uint16_t)ioprio;
    s->flags = 1u << IOSQE_BUFFER_SELECT_BIT;
    s->buf_group = group;
    s->user_data = token;
}

static inline void swivel_prep_send(
    struct io_uring_sqe *s, int fd, const void *bytes, unsigned count, unsigned msg_flags, uint64_t token) {
    s->opcode = IORING_OP_SEND;
    s->fd = fd;
    s->addr = (uint64_t)(uintptr_t)bytes;
    s->len = count;
    s->msg_flags = msg_flags;
    s->user_data = token;
}

/* A gathered send; `message` and its vectors need to live only until the entry is submitted. */
static inline void swivel_prep_sendmsg(
    struct io_uring_sqe *s, int fd, const void *message, unsigned msg_flags, uint64_t token) {
    s->opcode = IORING_OP_SENDMSG;
    s->fd = fd;
    s->addr = (uint64_t)(uintptr_t)message;
    s->len = 1;
    s->msg_flags = msg_flags;
    s->user_data = token;
}

static inline void swivel_prep_connect(
    struct io_uring_sqe *s, int fd, const void *address, unsigned address_bytes, uint64_t token) {
    s->opcode = IORING_OP_CONNECT;
    s->fd = fd;
    s->addr = (uint64_t)(uintptr_t)address;
    s->off = address_bytes;
    s->user_data = token;
}

static inline void swivel_prep_poll(struct io_uring_sqe *s, int fd, unsigned events, uint64_t token) {
    s->opcode = IORING_OP_POLL_ADD;
    s->fd = fd;
    s->poll32_events = events; /* little-endian hosts: x86-64 and arm64 */
    s->user_data = token;
}

/* Always run by a kernel worker thread: for bulk only, and measured against poll with splice(2). */
static inline void swivel_prep_splice(
    struct io_uring_sqe *s, int from, int to, unsigned count, unsigned splice_flags, uint64_t token) {
    s->opcode = IORING_OP_SPLICE;
    s->fd = to;
    s->splice_fd_in = from;
    s->splice_off_in = (uint64_t)-1;
    s->off = (uint64_t)-1;
    s->len = count;
    s->splice_flags = splice_flags;
    s->user_data = token;
}

static inline void swivel_prep_close(struct io_uring_sqe *s, int fd, uint64_t token) {
    s->opcode = IORING_OP_CLOSE;
    s->fd = fd;
    s->user_data = token;
}

static inline void swivel_prep_cancel(struct io_uring_sqe *s, uint64_t target, uint64_t token) {
    s->opcode = IORING_OP_ASYNC_CANCEL;
    s->fd = -1;
    s->addr = target;
    s->user_data = token;
}

static inline void swivel_prep_timeout(
    struct io_uring_sqe *s, const struct __kernel_timespec *after, uint64_t token) {
    s->opcode = IORING_OP_TIMEOUT;
    s->fd = -1;
    s->addr = (uint64_t)(uintptr_t)after;
    s->len = 1;
    s->user_data = token;
}

/* Posts a completion with `target_token` and `value` on another ring. */
static inline void swivel_prep_message(
    struct io_uring_sqe *s, int target_ring, uint32_t value, uint64_t target_token, uint64_t token) {
    s->opcode = IORING_OP_MSG_RING;
    s->fd = target_ring;
    s->len = value;
    s->off = target_token;
    s->user_data = token;
}

/* No completion where the operation succeeds: a failure or a short count still has one. */
static inline void swivel_entry_is_quiet(struct io_uring_sqe *s) { s->flags |= 1u << IOSQE_CQE_SKIP_SUCCESS_BIT; }

#endif
