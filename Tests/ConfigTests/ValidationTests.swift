// What no single value can say.

import Config
import Testing

@Suite("validation")
struct ValidationTests {
    @Test(
        "every fault of the whole has one line",
        arguments: [
            ("--mode tcp --server a:1", "--bind: is missing, so there is no address to listen on; add --bind :8080"),
            (
                "--mode tcp --bind :1",
                "--server: is missing, so there is nowhere to send connections; add --server HOST:PORT"
            ),
            (
                "--mode tcp --bind :1 --backend web",
                "--backend: backend \"web\" has no server; add --server HOST:PORT behind it"
            ),
            (
                "--mode tcp --bind :1,backend=wbe --backend web --server a:1",
                "--bind: there is no backend \"wbe\"; did you mean web?"
            ),
            (
                "--mode tcp --bind :1,backend=other --server a:1",
                "--bind: there is no backend \"other\"; add --backend other with its servers"
            ),
            (
                "--mode tcp --bind :1 --backend a --server a:1 --backend b --server b:1",
                "--bind: does not say which backend, and there are 2; add ,backend=a"
            ),
            (
                "--mode tcp --bind :1,backend=a --backend a --server a:1 --backend a --server b:1",
                "--backend #2: \"a\" is the name of --backend #1, too; give each backend a name of its own"
            ),
            (
                "--mode tcp --bind :1 --server a:1 --server a:1",
                "--server #2: \"a:1\" is in backend \"default\" already (--server #1); give it another NAME@, or leave it out"
            ),
            (
                "--mode tcp --bind :1 --server x@a:1 --server x@b:1",
                "--server #2: \"x\" is in backend \"default\" already (--server #1); give it another NAME@, or leave it out"
            ),
            (
                "--mode tcp --bind :1 --server a:1,weight=0 --server b:1,disabled",
                "--server #1: every server of backend \"default\" is disabled or has weight 0, so none takes connections; enable one, or give it a weight"
            ),
            (
                "--mode tcp --bind :1 --backend web --server a:1,weight=0,backup",
                "--backend: every server of backend \"web\" is disabled or has weight 0, so none takes connections; enable one, or give it a weight"
            ),
            (
                "--mode tcp --bind 0.0.0.0:1 --bind :1 --server a:1",
                "--bind #2: 0.0.0.0:1 is listened on already (--bind #1); leave one of them out"
            ),
            (
                "--mode tcp --bind a@unix:/x --bind b@unix:/x --server a:1",
                "--bind #2: unix:/x is listened on already (--bind #1); leave one of them out"
            ),
        ])
    func oneFault(line: String, expected: String) {
        #expect(faults(words(line)) == [expected])
    }

    @Test(
        "what is no fault",
        arguments: [
            "--mode tcp --bind :0 --bind :0 --server a:1",
            "--mode tcp --bind :1,interface=eth0 --bind :1,interface=eth1 --server a:1",
            "--mode tcp --bind :1 --server x@a:1 --server y@a:1",
            "--mode tcp --bind a@:1,backend=a --bind b@:2,backend=b --backend a --server a:1 --backend b --server a:1",
            "--mode tcp --bind :1 --server a:1,backup --server b:1,weight=0 --server c:1,disabled",
            "--mode tcp --bind :1 --server a:1 --balance ring:source --hash-balance-factor 100",
            "--bind :1,mode=tcp --server a:1", "--bind :1 --mode tcp --server a:1", "--bind :1 --server a:1",
            "--bind :1 --mode http --server a:1",
        ])
    func noFault(line: String) {
        #expect(faults(words(line)) == [])
        #expect(warnings(words(line)) == [])
    }

    @Test("all faults are told at once, each with its place")
    func allAtOnce() {
        let line = """
            --wrokers 2 --bind 8080 --server localhost --server a:1,weight=257,resolve=a --graceful-timeout 30 \
            --balance fewest --cpu-affinity x
            """
        #expect(
            faults(words(line)) == [
                "--wrokers: unknown option; did you mean --workers?",
                "--bind: \"8080\" is a port alone; write :8080",
                "--server #1: \"localhost\" has no port; write localhost:PORT",
                "--server #2: weight: 257 is out of bounds; write 0 to 256",
                "--server #2: resolve is not part of this version; leave it out",
                "--graceful-timeout: 30 has no unit; write 30s for seconds, 30ms for milliseconds",
                "--balance: \"fewest\" is not known here; write roundrobin, leastconn, p2c, ewma, random, first, source, uri, header:NAME, cookie:NAME, query:NAME, maglev:KEY or ring:KEY",
                "--cpu-affinity: \"x\" is no core; write core numbers from 0 to 1023, as in 0,2,4-7, or auto or off",
            ])
    }

    @Test(
        "one fault has one line, whatever follows from it",
        arguments: [
            "--mode tcp --bnd :80 --server a:1", "--mode tcp --bind 80 --server a:1", "--mode tcp --bind :1 --server a",
            "--mode tpc --bind :1 --server a:1", "--bind :1,mode=tpc --server a:1", "--mode tcp --bind :1 --sever a:1",
            "--mode tcp --bind :1 --backend a --server a", "--mode tcp --bind :1 --backend a/b --server a:1", "chek",
        ])
    func noCascade(line: String) {
        #expect(faults(words(line)).count == 1)
    }

    @Test(
        "warns of what is allowed and hardly meant",
        arguments: [
            (
                "--mode tcp --bind :1 --server a:1 --backend b --server b:1",
                "--backend: no frontend sends connections to backend \"b\"; add --bind ADDR,backend=b"
            ),
            (
                "--mode tcp --bind :1 --server a:1 --hash-balance-factor 150",
                "--hash-balance-factor: has no effect with leastconn, which backend \"default\" picks by; write --balance source or another policy that hashes, or leave it out"
            ),
            (
                "--mode tcp --bind :1 --server a:1 --server b:1,redirect=https://b.example",
                "--server #2: redirect has no effect: backend \"default\" has connections, no requests; leave it out, or write --mode http"
            ),
            (
                "--mode tcp --bind :1 --server a:1 --maxconn 501 --rlimit-nofile 1001",
                "--maxconn: 501 connections take two descriptors each, and --rlimit-nofile allows 1001; raise the one or lower the other"
            ),
        ])
    func warned(line: String, expected: String) {
        #expect(faults(words(line)) == [])
        #expect(warnings(words(line)) == [expected])
    }
}
