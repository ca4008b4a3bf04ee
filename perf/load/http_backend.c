// Events of a server that answers HTTP requests: each is checked as strictly as a test would, for a
// proxy that spoils requests must not be measured as a fast one.
#include "guest.h"
#include "run.h"

static void refuse(struct guest *guest, const char *why) {
    run_failed(FAILURE_MISMATCH, why, 0);
    guest_leave(guest);
}

// Answers false when the connection is gone or has not taken all yet.
static bool answer(struct guest *guest) {
    uint64_t body_bytes = run.settings.answer_bytes;
    struct http_text head = http_answer_head();
    while (guest->answered_bytes < head.bytes + body_bytes) {
        ssize_t count = guest_sent(guest, http_send(guest->endpoint.descriptor, head, guest->seed,
                                                    body_bytes, guest->answered_bytes));
        if (count < 0) return false;
        if (count == 0) {
            endpoint_watch(&guest->endpoint, EPOLLOUT);
            return false;
        }
        guest->answered_bytes += (uint64_t)count;
    }
    guest->is_answering = false;
    if (run.settings.role == ROLE_SERVER) run.operations++;
    if (guest->is_last) {
        guest_leave(guest);
        return false;
    }
    // Where it had waited for room, asking anew makes the kernel look: what came is an edge again.
    endpoint_watch(&guest->endpoint, EXCHANGE_INTEREST);
    return true;
}

// What a request of ours must be; answers what it is not.
static const char *fault_of(const struct http_head *head) {
    if (head->wrong != NULL) return head->wrong;
    if (head->is_post != (run.settings.body_bytes > 0)) return "its method is another";
    if (head->body_bytes != run.settings.body_bytes) return "its Content-Length is another";
    return NULL;
}

// Answers false when the connection is gone or the next request has to wait.
static bool take(struct guest *guest, const uint8_t *bytes, size_t count) {
    if (guest->body_left_bytes == 0) {
        struct http_head head = http_read_request(bytes, count);
        if (head.bytes == 0 && head.wrong == NULL) {
            http_stash_keep(&guest->stash, bytes, count);
            return true;
        }
        const char *fault = fault_of(&head);
        if (fault != NULL) {
            refuse(guest, fault);
            return false;
        }
        guest->seed = head.seed;
        guest->position = 0;
        guest->body_left_bytes = head.body_bytes;
        guest->is_last = head.is_last;
        bytes += head.bytes, count -= head.bytes;
    }
    if (count > guest->body_left_bytes) {
        refuse(guest, "the backend got more bytes than the request has");
        return false;
    }
    if (!pattern_matches(guest->seed, guest->position, bytes, count, run.settings.depth,
                         &run.checked)) {
        refuse(guest, "the backend got another body than the client sent");
        return false;
    }
    guest->position += count;
    guest->body_left_bytes -= count;
    if (guest->body_left_bytes > 0) return true;
    guest->is_answering = true;
    guest->answered_bytes = 0;
    return answer(guest);
}

void http_guest_ready(struct endpoint *endpoint, uint32_t events) {
    struct guest *guest = (struct guest *)endpoint;
    if (guest->is_answering) {
        answer(guest);
        return;
    }
    guest_receive_messages(guest, events, take);
}
