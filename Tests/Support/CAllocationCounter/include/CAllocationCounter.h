/* Counts what the whole process takes of memory: the C allocator's calls, and pages asked of the kernel.
 * Linked into a program, it stands in front of malloc and its kin for every library of that program.
 * For tests: the shipped executable is not linked with it. */
#ifndef SWIVEL_ALLOCATION_COUNTER_H
#define SWIVEL_ALLOCATION_COUNTER_H

#include <stdint.h>

/* Calls so far, on all threads. */
uint64_t swivel_allocation_count(void);
/* Takes memory once in each way that is counted, and gives it back; the number of ways. */
uint64_t swivel_allocation_in_every_way(void);

#endif
