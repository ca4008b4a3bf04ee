#define _GNU_SOURCE
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "endpoint.h"
#include "pattern.h"
#include "run.h"

enum {
    HEAD_ROOM = 512,
    // Far more than a proxy adds to a head of ours.
    HEAD_BYTES_MAX = 16 * 1024,
    SEED_DIGITS = 8,
    LENGTH_DIGITS_MAX = 15,
    HOST_DIGITS = 4,
};

static const char target_start[] = "/answers/";
static const char numbered_host[] = "h0000.example";

static uint8_t request[HEAD_ROOM], answer[HEAD_ROOM];
static size_t request_bytes, answer_bytes;
static uint8_t *request_seed, *request_host;
static time_t answer_second;

void http_prepare(void) {
    const struct settings *settings = &run.settings;
    char body[128] = "";
    if (settings->body_bytes > 0) {
        snprintf(body, sizeof body,
                 "Content-Type: application/octet-stream\r\nContent-Length: %u\r\n",
                 settings->body_bytes);
    }
    const char *host = settings->host_count > 0 ? numbered_host : "load.example";
    int written = snprintf((char *)request, sizeof request,
                           "%s %s%0*d HTTP/1.1\r\nHost: %s\r\nUser-Agent: swivel-load\r\n"
                           "Accept: */*\r\n%s%s\r\n",
                           settings->body_bytes > 0 ? "POST" : "GET", target_start, SEED_DIGITS, 0,
                           host, body, settings->asks_to_close ? "Connection: close\r\n" : "");
    request_bytes = (size_t)written;
    size_t start_bytes = sizeof target_start - 1;
    request_seed = memmem(request, request_bytes, target_start, start_bytes);
    request_seed += start_bytes;
    request_host = memmem(request, request_bytes, host, strlen(host));
}

// A seed asks for one host always, so the backend knows whom it must find.
static void write_host(uint8_t *into, uint64_t seed) {
    uint64_t number = (seed * 0x9e3779b97f4a7c15ull >> 32) % run.settings.host_count;
    for (int digit = HOST_DIGITS; digit >= 1; digit--, number /= 10) {
        into[digit] = (uint8_t)('0' + number % 10);
    }
}

static bool is_host_of(uint64_t seed, struct http_text host) {
    uint8_t wanted[sizeof numbered_host];
    memcpy(wanted, numbered_host, sizeof wanted);
    write_host(wanted, seed);
    return host.bytes == sizeof wanted - 1 && memcmp(host.start, wanted, host.bytes) == 0;
}

struct http_text http_request_head(uint64_t seed) {
    if (run.settings.host_count > 0) write_host(request_host, seed);
    for (int digit = SEED_DIGITS - 1; digit >= 0; digit--, seed >>= 4) {
        request_seed[digit] = (uint8_t)"0123456789abcdef"[seed & 15];
    }
    return (struct http_text){request, request_bytes};
}

// The date is always true and always as long: an answer may be sent in parts over a second's end.
struct http_text http_answer_head(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != answer_second) {
        answer_second = now.tv_sec;
        struct tm parts;
        char date[64];
        gmtime_r(&now.tv_sec, &parts);
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        answer_bytes = (size_t)snprintf((char *)answer, sizeof answer,
                                        "HTTP/1.1 200 OK\r\nServer: swivel-load\r\nDate: %s\r\n"
                                        "Content-Type: application/octet-stream\r\n"
                                        "Content-Length: %u\r\n\r\n",
                                        date, run.settings.answer_bytes);
    }
    return (struct http_text){answer, answer_bytes};
}

ssize_t http_send(int descriptor, struct http_text head, uint64_t seed, uint64_t body_bytes,
                  uint64_t done) {
    struct iovec pieces[2];
    size_t count = 0;
    if (done < head.bytes) {
        pieces[count++] = (struct iovec){(void *)(head.start + done), head.bytes - done};
    }
    uint64_t position = done > head.bytes ? done - head.bytes : 0;
    uint64_t left = body_bytes - position;
    if (left > 0) {
        size_t bytes = left < PATTERN_PIECE_MAX ? (size_t)left : PATTERN_PIECE_MAX;
        pieces[count++] = (struct iovec){(void *)pattern_at(seed, position), bytes};
    }
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
    return sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

static bool is_named(struct http_text line, const char *name, size_t bytes) {
    return line.bytes > bytes && line.start[bytes] == ':' &&
           strncasecmp((const char *)line.start, name, bytes) == 0;
}

static bool is_blank(uint8_t letter) {
    return letter == ' ' || letter == '\t';
}

static struct http_text value_of(struct http_text line, size_t name_bytes) {
    struct http_text value = {line.start + name_bytes + 1, line.bytes - name_bytes - 1};
    while (value.bytes > 0 && is_blank(value.start[0])) value.start++, value.bytes--;
    while (value.bytes > 0 && is_blank(value.start[value.bytes - 1])) value.bytes--;
    return value;
}

static void read_length(struct http_head *head, struct http_text value) {
    if (head->has_length || value.bytes == 0 || value.bytes > LENGTH_DIGITS_MAX) {
        head->wrong = "its Content-Length is doubled or malformed";
    }
    head->has_length = true;
    for (size_t index = 0; head->wrong == NULL && index < value.bytes; index++) {
        uint8_t digit = value.start[index];
        if (digit < '0' || digit > '9') head->wrong = "its Content-Length is no number";
        head->body_bytes = head->body_bytes * 10 + (digit - '0');
    }
}

static void read_field(struct http_head *head, struct http_text line) {
    // By the first letter: most fields are none of ours.
    if ((line.start[0] | 32) == 'c') {
        if (is_named(line, "content-length", 14)) read_length(head, value_of(line, 14));
        if (is_named(line, "connection", 10)) {
            struct http_text value = value_of(line, 10);
            bool is_close = strncasecmp((const char *)value.start, "close", 5) == 0;
            head->is_last |= value.bytes == 5 && is_close;
        }
    } else if (is_named(line, "transfer-encoding", 17)) {
        head->wrong = "it is chunked, and its sender said how long it is";
    }
}

// Cuts the next line off `rest`; every line of a head ends in CR LF.
static struct http_text next_line(struct http_text *rest) {
    const uint8_t *end = memchr(rest->start, '\n', rest->bytes);
    size_t bytes = (size_t)(end - rest->start) + 1;
    struct http_text line = {rest->start, bytes >= 2 && end[-1] == '\r' ? bytes - 2 : bytes - 1};
    rest->start += bytes, rest->bytes -= bytes;
    return line;
}

// Finds the head's end and reads its fields; `first` becomes its first line.
static struct http_head read_head(const uint8_t *bytes, size_t count, struct http_text *first) {
    struct http_head head = {0};
    const uint8_t *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (end == NULL) {
        if (count > HEAD_BYTES_MAX) head.wrong = "its head does not end";
        return head;
    }
    head.bytes = (size_t)(end - bytes) + 4;
    struct http_text rest = {bytes, head.bytes - 2};
    *first = next_line(&rest);
    while (rest.bytes > 0) {
        struct http_text line = next_line(&rest);
        if (line.bytes > 0) read_field(&head, line);
    }
    return head;
}

struct http_text http_field(struct http_text head, const char *name) {
    struct http_text rest = {head.start, head.bytes - 2}, value = {NULL, 0};
    size_t name_bytes = strlen(name), found = 0;
    next_line(&rest);
    while (rest.bytes > 0) {
        struct http_text line = next_line(&rest);
        if (!is_named(line, name, name_bytes)) continue;
        value = value_of(line, name_bytes);
        found++;
    }
    return found == 1 ? value : (struct http_text){NULL, 0};
}

static bool skip(struct http_text *line, const char *words) {
    size_t bytes = strlen(words);
    if (line->bytes < bytes || memcmp(line->start, words, bytes) != 0) return false;
    line->start += bytes, line->bytes -= bytes;
    return true;
}

struct http_head http_read_request(const uint8_t *bytes, size_t count) {
    struct http_text line;
    struct http_head head = read_head(bytes, count, &line);
    if (head.bytes == 0 || head.wrong != NULL) return head;
    head.is_post = skip(&line, "POST ");
    if (!head.is_post && !skip(&line, "GET ")) head.wrong = "its method is another";
    if (!skip(&line, target_start) || line.bytes < SEED_DIGITS) {
        head.wrong = "its target is another";
        return head;
    }
    for (int digit = 0; digit < SEED_DIGITS; digit++) {
        uint8_t letter = line.start[digit];
        bool is_decimal = letter >= '0' && letter <= '9';
        if (!is_decimal && (letter < 'a' || letter > 'f')) head.wrong = "its target is another";
        head.seed = head.seed << 4 | (uint64_t)(is_decimal ? letter - '0' : letter - 'a' + 10);
    }
    line.start += SEED_DIGITS, line.bytes -= SEED_DIGITS;
    if (!skip(&line, " HTTP/1.1") || line.bytes > 0) head.wrong = "it is not HTTP/1.1";
    if (run.settings.host_count > 0) {
        struct http_text host = http_field((struct http_text){bytes, head.bytes}, "host");
        if (!is_host_of(head.seed, host)) head.wrong = "its Host is another";
    }
    return head;
}

struct http_head http_read_answer(const uint8_t *bytes, size_t count) {
    struct http_text line;
    struct http_head head = read_head(bytes, count, &line);
    if (head.bytes == 0 || head.wrong != NULL) return head;
    if (!skip(&line, "HTTP/1.1 ") || line.bytes < 3) {
        head.wrong = "it is not HTTP/1.1";
        return head;
    }
    for (int digit = 0; digit < 3; digit++) {
        head.status = head.status * 10 + line.start[digit] - '0';
    }
    return head;
}

void http_stash_keep(struct http_stash *stash, const uint8_t *bytes, size_t count) {
    stash->bytes = malloc(count);
    if (stash->bytes == NULL) die("a head in pieces: out of memory");
    memcpy(stash->bytes, bytes, count);
    stash->count = count;
}

size_t http_stash_take(struct http_stash *stash, uint8_t *into) {
    size_t count = stash->count;
    if (count == 0) return 0;
    memcpy(into, stash->bytes, count);
    free(stash->bytes);
    *stash = (struct http_stash){0};
    return count;
}
