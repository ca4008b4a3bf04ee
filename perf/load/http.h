// Just enough of HTTP/1.1 for a load and its backend: writes the heads of requests and answers, and
// reads what a proxy made of them. Each request names in its target the seed of its bodies, so an
// answer that belongs to another request has other bytes.
// Knows messages and the socket they leave by. Knows nothing of clients, phases or counts.
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct http_text {
    const uint8_t *start;
    size_t bytes;
};

// Writes the heads that the settings ask for; before any of the functions below.
void http_prepare(void);

// Both stand until the next call.
struct http_text http_request_head(uint64_t seed);
struct http_text http_answer_head(void);

// Sends what follows `done` bytes of a head and its body, at most a piece of the pattern at once;
// answers as send(2).
ssize_t http_send(int descriptor, struct http_text head, uint64_t seed, uint64_t body_bytes,
                  uint64_t done);

struct http_head {
    size_t bytes;         // of the whole head, its empty line included; 0: not all of it is there
    const char *wrong;    // what is wrong with it; NULL: nothing
    unsigned status;      // of an answer
    bool is_post;         // of a request; else it is a GET
    uint64_t seed;        // of a request
    uint64_t body_bytes;  // as Content-Length says; 0 where nothing does
    bool has_length;
    bool is_last;  // Connection: close
};

// The value of the one field that has this name, in a whole head; empty where none or several have it.
struct http_text http_field(struct http_text head, const char *name);

struct http_head http_read_request(const uint8_t *bytes, size_t count);
struct http_head http_read_answer(const uint8_t *bytes, size_t count);

// The beginning of a head that came in pieces: rare, so it has memory only while it is there.
struct http_stash {
    uint8_t *bytes;
    size_t count;
};

void http_stash_keep(struct http_stash *stash, const uint8_t *bytes, size_t count);
// Moves what is kept to `into`, which has room for any head; answers how much that was.
size_t http_stash_take(struct http_stash *stash, uint8_t *into);

#endif
