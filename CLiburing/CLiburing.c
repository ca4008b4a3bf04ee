/* The part of the shim that needs liburing itself: set-up, registration and the one system call. */
#define _GNU_SOURCE
#include "CLiburing.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int swivel_ring_open(swivel_ring *ring, unsigned entries, unsigned cq_entries, unsigned setup_flags) {
    memset(ring, 0, sizeof *ring);
    struct io_uring *impl = calloc(1, sizeof *impl);
    if (!impl) return -ENOMEM;
    struct io_uring_params params = {.flags = setup_flags | IORING_SETUP_CQSIZE, .cq_entries = cq_entries};
    int result = io_uring_queue_init_params(entries, impl, &params);
    if (result < 0) {
        free(impl);
        return result;
    }
    ring->sq_khead = impl->sq.khead;
    ring->sq_ktail = impl->sq.ktail;
    ring->sq_kflags = impl->sq.kflags;
    ring->sqes = impl->sq.sqes;
    ring->sq_mask = *impl->sq.kring_mask;
    ring->sq_entries = *impl->sq.kring_entries;
    for (unsigned i = 0; i < ring->sq_entries; i++) impl->sq.array[i] = i;
    ring->cq_khead = impl->cq.khead;
    ring->cq_ktail = impl->cq.ktail;
    ring->cq_koverflow = impl->cq.koverflow;
    ring->cqes = impl->cq.cqes;
    ring->cq_mask = *impl->cq.kring_mask;
    ring->fd = ring->enter_fd = impl->ring_fd;
    ring->features = params.features;
    ring->setup_flags = params.flags;
    ring->impl = impl;
    return 0;
}

int swivel_ring_register_self(swivel_ring *ring) {
    int result = io_uring_register_ring_fd(ring->impl);
    if (result < 0) return result;
    ring->enter_fd = ((struct io_uring *)ring->impl)->enter_ring_fd;
    ring->enter_flags = IORING_ENTER_REGISTERED_RING;
    return 0;
}

void swivel_ring_close(swivel_ring *ring) {
    if (!ring->impl) return;
    io_uring_queue_exit(ring->impl);
    free(ring->impl);
    ring->impl = NULL;
}

int swivel_ring_probe(swivel_ring *ring, uint8_t *supported) {
    memset(supported, 0, SWIVEL_OP_LAST_PROBED);
    size_t bytes = sizeof(struct io_uring_probe) + 256 * sizeof(struct io_uring_probe_op);
    struct io_uring_probe *probe = calloc(1, bytes);
    if (!probe) return -ENOMEM;
    int result = io_uring_register_probe(ring->impl, probe, 256);
    if (result == 0)
        for (int i = 0; i < probe->ops_len && i < SWIVEL_OP_LAST_PROBED; i++)
            supported[i] = (probe->ops[i].flags & IO_URING_OP_SUPPORTED) != 0;
    free(probe);
    return result;
}

int swivel_ring_enter(swivel_ring *ring, unsigned wait_count, uint64_t timeout_ns) {
    struct __kernel_timespec timeout = {
        .tv_sec = (long long)(timeout_ns / 1000000000u), .tv_nsec = (long long)(timeout_ns % 1000000000u)};
    struct io_uring_getevents_arg arg = {.ts = (uint64_t)(uintptr_t)&timeout};
    __atomic_store_n(ring->sq_ktail, ring->sq_tail, __ATOMIC_RELEASE);
    unsigned count = ring->sq_tail - ring->sq_submitted;
    unsigned flags = ring->enter_flags | IORING_ENTER_GETEVENTS;
    int result;
    if (wait_count == 0)
        result = (int)syscall(SYS_io_uring_enter, ring->enter_fd, count, 0, flags, NULL, 0);
    else
        result = (int)syscall(
            SYS_io_uring_enter, ring->enter_fd, count, wait_count, flags | IORING_ENTER_EXT_ARG, &arg, sizeof arg);
    int failure = errno;
    /* The kernel's own head says what it took: with an error it may have taken some all the same. */
    ring->sq_submitted = __atomic_load_n(ring->sq_khead, __ATOMIC_ACQUIRE);
    return result < 0 ? -failure : result;
}

int swivel_buffer_ring_open(swivel_ring *ring, swivel_buffer_ring *buffers, unsigned entries, uint16_t group) {
    size_t bytes = entries * sizeof(struct io_uring_buf);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) return -errno;
    struct io_uring_buf_reg registration = {
        .ring_addr = (uint64_t)(uintptr_t)memory, .ring_entries = entries, .bgid = group};
    int result = io_uring_register_buf_ring(ring->impl, &registration, 0);
    if (result < 0) {
        munmap(memory, bytes);
        return result;
    }
    *buffers = (swivel_buffer_ring){
        .ring = memory, .ring_bytes = bytes, .entries = entries, .mask = entries - 1, .group = group};
    return 0;
}

void swivel_buffer_ring_close(swivel_ring *ring, swivel_buffer_ring *buffers) {
    if (!buffers->ring) return;
    io_uring_unregister_buf_ring(ring->impl, buffers->group);
    munmap(buffers->ring, buffers->ring_bytes);
    buffers->ring = NULL;
}
