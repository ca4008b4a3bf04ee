#define _GNU_SOURCE
#include "CAllocationCounter.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic uint64_t count;

uint64_t swivel_allocation_count(void) { return atomic_load_explicit(&count, memory_order_relaxed); }

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) /* They bring their own malloc. */

/* glibc's own names of its allocator; what these return is freed by its free, which stays where it is. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t items, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

static void counted(void) { atomic_fetch_add_explicit(&count, 1, memory_order_relaxed); }

void *malloc(size_t bytes) {
    counted();
    return __libc_malloc(bytes);
}

void *calloc(size_t items, size_t bytes) {
    counted();
    return __libc_calloc(items, bytes);
}

void *realloc(void *memory, size_t bytes) {
    counted();
    return __libc_realloc(memory, bytes);
}

void *reallocarray(void *memory, size_t items, size_t bytes) {
    size_t product;
    if (__builtin_mul_overflow(items, bytes, &product)) {
        errno = ENOMEM;
        return NULL;
    }
    counted();
    return __libc_realloc(memory, product);
}

void *memalign(size_t alignment, size_t bytes) {
    counted();
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    counted();
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    counted();
    void *memory = __libc_memalign(alignment, bytes);
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}

void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset) {
    counted();
    return (void *)syscall(SYS_mmap, address, bytes, protection, flags, fd, offset);
}

#endif

/* Called through volatile pointers: the compiler may leave out memory that is freed unused. */
static void *(*volatile do_malloc)(size_t) = malloc;
static void *(*volatile do_calloc)(size_t, size_t) = calloc;
static void *(*volatile do_realloc)(void *, size_t) = realloc;
static void *(*volatile do_reallocarray)(void *, size_t, size_t) = reallocarray;
static void *(*volatile do_memalign)(size_t, size_t) = memalign;
static void *(*volatile do_aligned_alloc)(size_t, size_t) = aligned_alloc;
static int (*volatile do_posix_memalign)(void **, size_t, size_t) = posix_memalign;
static void *(*volatile do_mmap)(void *, size_t, int, int, int, off_t) = mmap;

uint64_t swivel_allocation_in_every_way(void) {
    void *memory = do_malloc(40);
    memory = do_realloc(memory, 4000);
    memory = do_reallocarray(memory, 2, 4000);
    free(memory);
    free(do_calloc(4, 10));
    free(do_memalign(64, 64));
    free(do_aligned_alloc(64, 64));
    if (do_posix_memalign(&memory, 64, 64) == 0) free(memory);
    memory = do_mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) munmap(memory, 4096);
    return 8;
}
