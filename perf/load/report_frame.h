// What a backend on another machine tells the sender of bulk-up, on the same connection: how much
// has arrived, and when by its own clock. Rates are taken between two reports of one backend, so
// the clocks need not agree.
#ifndef REPORT_FRAME_H
#define REPORT_FRAME_H

#include <stdint.h>

enum { REPORT_INTERVAL_NS = 50 * 1000 * 1000, PREAMBLE_BYTES = 8 };

// Little-endian on the wire, like every machine this runs on.
struct report_frame {
    uint64_t received_bytes;
    uint64_t time_ns;
    uint64_t checksum;
    uint64_t checked_bytes;
    uint64_t mismatches;
};

#endif
