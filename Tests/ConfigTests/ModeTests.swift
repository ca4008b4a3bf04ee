// What http and tcp mean for the rest of a configuration.

import Config
import Testing

@Suite("modes")
struct ModeTests {
    @Test(
        "faults that two modes make",
        arguments: [
            (
                "--bind a@:1 --bind b@:2,mode=tcp --server s:1",
                "--bind #2: backend \"default\" is the one of two modes: frontend \"a\" speaks http, and this one tcp; give each mode a backend of its own"
            ),
            (
                "--bind :1 --mode tcp --bind :2 --mode http --server s:1",
                "--mode #2: backend \"default\" is the one of two modes: frontend \"default\" speaks tcp, and this one http; give each mode a backend of its own"
            ),
            (
                "--bind a@:1 --bind b@:2 --mode tcp --bind c@:3 --server s:1",
                "--mode: backend \"default\" is the one of two modes: frontend \"a\" speaks http, and this one tcp; give each mode a backend of its own"
            ),
            (
                "--mode tcp --bind :1 --server s:1 --balance uri",
                "--balance: uri is read from requests, and backend \"default\" has connections; write --mode http, or --balance source for the client's address"
            ),
            (
                "--mode tcp --bind :1,backend=b --backend b --server s:1 --balance ring:hdr(X-Room)",
                "--balance: ring:header:X-Room is read from requests, and backend \"b\" has connections; write --mode http, or --balance source for the client's address"
            ),
        ])
    func fault(line: String, expected: String) {
        #expect(faults(words(line)) == [expected])
    }

    @Test(
        "what is no fault",
        arguments: [
            "--bind a@:1 --bind b@:2,mode=tcp,backend=b --server s:1 --backend b --server s:1",
            "--mode tcp --bind a@:1 --bind b@:2,mode=http,backend=b --server s:1 --backend b --server s:1 --balance uri",
            "--bind :1 --server s:1 --balance ewma",
            "--bind :1 --mode http --server s:1 --forwarded both --reuse off --access-log-format json --access-log-sample 0.5",
            "--timeout-client 9s --forwarded off --bind a@:1 --bind b@:2,mode=tcp,backend=b --server s:1 --backend b --server s:1",
            "--retry-on off --bind a@:1 --bind b@:2,mode=tcp,backend=b --server s:1 --backend b --server s:1",
            "--bind :1 --server s:1 --backend-profile gunicorn-sync --server-maxconn 4",
            "--bind :1 --server s:1,maxconn=4 --server t:1,disabled --backend-profile gthread",
            "--bind :1 --server s:1 --backend-profile asgi", "--bind :1 --server s:1 --backend-profile twisted",
            "--bind :1 --server s:1 --limit-head 8190 --limit-request-line 8190 --limit-request-field-size 8190",
            "--bind :1 --server s:1 --limit-head 1k", "--mode tcp --bind :1 --server s:1 --access-log-format tcp",
        ])
    func noFault(line: String) {
        #expect(faults(words(line)) == [])
        #expect(warnings(words(line)) == [])
    }

    @Test("a mode that was refused is one fault, whatever the other one needs")
    func noCascade() {
        #expect(faults(words("--bind a@:1,mode=tpc --bind b@:2,mode=tcp --server s:1")).count == 1)
        #expect(faults(words("--mode tpc --bind :1 --server s:1 --balance uri --reuse off")).count == 1)
        #expect(warnings(words("--mode tpc --bind :1 --server s:1 --access-log-format tcp")) == [])
    }

    @Test(
        "warns of what a mode does not heed",
        arguments: [
            (
                "--mode tcp --bind :1 --server s:1 --forwarded off",
                "--forwarded: has no effect: frontend \"default\" speaks tcp; leave it out, or write --mode http"
            ),
            (
                "--bind a@:1 --bind b@:2,mode=tcp,backend=b --max-body 1m --server s:1 --backend b --server s:1",
                "--max-body: has no effect: frontend \"b\" speaks tcp; leave it out, or write --mode http"
            ),
            (
                "--mode tcp --timeout-client 9s --bind a@:1 --bind b@:2 --server s:1",
                "--timeout-client: has no effect: frontend \"a\" speaks tcp; leave it out, or write --mode http"
            ),
            (
                "--mode tcp --bind :1 --server s:1 --reuse off",
                "--reuse: has no effect: backend \"default\" has connections, no requests; leave it out, or write --mode http"
            ),
            (
                "--mode tcp --bind :1 --server s:1 --backend-profile gunicorn-sync",
                "--backend-profile: has no effect: backend \"default\" has connections, no requests; leave it out, or write --mode http"
            ),
            (
                "--mode tcp --bind :1 --server s:1 --balance ewma",
                "--balance: ewma goes by how soon requests are answered, and backend \"default\" has connections; write leastconn"
            ),
            (
                "--mode tcp --bind :1 --server s:1 --access-log-format combined",
                "--access-log-format: has no effect: no frontend speaks http; leave it out: connections are logged in tcp"
            ),
            (
                "--bind :1 --server s:1 --access-log-format tcp",
                "--access-log-format: tcp: frontend \"default\" speaks http, and is logged as combined; write haproxy for the fields of requests, or leave it out"
            ),
            (
                "--mode tcp --bind :1 --server s:1 --access-log-min-status 400",
                "--access-log-min-status: has no effect: no frontend speaks http; leave it out, or write --mode http"
            ),
            (
                "--bind :1 --server s:1 --limit-head 4k --limit-request-line 8k",
                "--limit-request-line: 8k is more than --limit-head allows, which is 4k; lower the one or raise the other"
            ),
            (
                "--bind :1 --server s:1 --limit-head 8189 --limit-request-field-size 8190",
                "--limit-request-field-size: 8190 is more than --limit-head allows, which is 8189; lower the one or raise the other"
            ),
            (
                "--bind :1 --server s:1 --backend-profile gunicorn-sync",
                "--backend-profile: gunicorn-sync: server \"s:1\" has no maxconn, and may be sent more requests than it has workers for; add --server-maxconn N, or maxconn=N behind its address: its number of workers"
            ),
            (
                "--bind :1 --server s:1,maxconn=8 --server t:1 --server u:1,maxconn=0 --backend-profile gthread",
                "--backend-profile: gunicorn-thread: server \"t:1\" and 1 more have no maxconn, and may be sent more requests than it has workers for; add --server-maxconn N, or maxconn=N behind its address: its workers times their threads"
            ),
        ])
    func warned(line: String, expected: String) {
        #expect(faults(words(line)) == [])
        #expect(warnings(words(line)) == [expected])
    }

    @Test(
        "a variable is warned of as a flag is",
        arguments: [
            (
                "SWIVEL_REUSE_IDLE", "4s",
                "SWIVEL_REUSE_IDLE: has no effect: backend \"default\" has connections, no requests; leave it out, or write --mode http"
            ),
            (
                "SWIVEL_REAL_IP", "on",
                "SWIVEL_REAL_IP: has no effect: frontend \"default\" speaks tcp; leave it out, or write --mode http"
            ),
        ])
    func variable(name: String, value: String, expected: String) {
        #expect(warnings(valid, [name: value]) == [expected])
        #expect(warnings(validHTTP, [name: value]) == [])
    }
}
