// `SWIVEL_` variables: before flags, and overridden by them.

import Codecs
import Config
import Testing

@Suite("variables")
struct VariablesTests {
    private let whole = ["SWIVEL_MODE": "tcp", "SWIVEL_BIND": ":80 [::1]:81", "SWIVEL_SERVER": "a:1 \t b:2,weight=3\n"]

    @Test("a whole deployment can be variables")
    func deployment() throws {
        let found = try configuration([], whole)
        #expect(
            found.frontends.map { $0.listeners.map(\.address.description) } == [["0.0.0.0:80", "[::]:80", "[::1]:81"]])
        #expect(found.backends.map { $0.servers.map(\.name) } == [["a:1", "b:2"]])
    }

    @Test("flags override variables")
    func overridden() throws {
        let found = try configuration(
            words("--workers 1 --retries 7"), whole.merging(["SWIVEL_WORKERS": "2", "SWIVEL_RETRIES": "3"]) { $1 })
        #expect(found.process.workerCount == 1)
        #expect(found.backends.map(\.retriesMax) == [7])
    }

    @Test("a list that flags give replaces the one of the variable")
    func listReplaced() throws {
        let found = try configuration(words("--server c:3"), whole)
        #expect(found.backends.map { $0.servers.map(\.name) } == [["c:3"]])
        #expect(
            try configuration(words("-b :9"), whole).frontends.flatMap(\.listeners).compactMap(\.address.port) == [
                9, 9,
            ])
    }

    @Test("a variable holds for all objects, and so does a flag before any object of the command line")
    func all() throws {
        let environment = whole.merging([
            "SWIVEL_BALANCE": "roundrobin", "SWIVEL_TIMEOUT_CONNECT": "1s", "SWIVEL_BIND": "a@:1 b@:2",
        ]) { $1 }
        let found = try configuration(
            words("--timeout-tunnel 7s --backend x --server x:1 --backend default --server y:1"), environment)
        #expect(found.backends.map(\.name) == ["default", "x"])
        #expect(found.backends.map(\.balance) == [.roundRobin, .roundRobin])
        #expect(found.backends.map(\.connectTimeoutMilliseconds) == [1_000, 1_000])
        #expect(found.frontends.map(\.tunnelTimeoutMilliseconds) == [7_000, 7_000])
    }

    @Test("networks of a variable are of all frontends, and flags replace them")
    func networks() throws {
        let environment = whole.merging([
            "SWIVEL_ALLOW": "10.0.0.0/8 ::1", "SWIVEL_DENY": "10.9.0.0/16", "SWIVEL_BIND": "a@:1 b@:2",
        ]) { $1 }
        let found = try configuration([], environment).frontends
        #expect(found.map { $0.allowed.map(\.description) } == [["10.0.0.0/8", "::1/128"], ["10.0.0.0/8", "::1/128"]])
        #expect(found.map { $0.denied.map(\.description) } == [["10.9.0.0/16"], ["10.9.0.0/16"]])
        let replaced = try configuration(words("--allow 192.0.2.0/24"), environment).frontends
        #expect(replaced.map { $0.allowed.map(\.description) } == [["192.0.2.0/24"], ["192.0.2.0/24"]])
        #expect(replaced.map { $0.denied.map(\.description) } == [["10.9.0.0/16"], ["10.9.0.0/16"]])
        #expect(
            faults([], environment.merging(["SWIVEL_ALLOW": "10.0.0.0/8 x"]) { $1 }).map { $0.prefix(15) } == [
                "SWIVEL_ALLOW #2"
            ])
    }

    @Test("SWIVEL_BACKEND names the backend of SWIVEL_SERVER")
    func backend() throws {
        let environment = whole.merging(["SWIVEL_BACKEND": "web"]) { $1 }
        let found = try configuration([], environment)
        #expect(found.backends.map(\.name) == ["web"])
        #expect(found.frontends.map(\.backend) == ["web"])
        #expect(try configuration(words("--server c:3"), environment).backends.map(\.name) == ["web"])
        #expect(try configuration(words("--backend api --server c:3"), environment).backends.map(\.name) == ["api"])
    }

    @Test("one variable cannot name two backends")
    func backends() {
        let found = faults([], whole.merging(["SWIVEL_BACKEND": "a b"]) { $1 })
        #expect(
            found == [
                "SWIVEL_BACKEND: names 2 backends, and a variable cannot say which servers are whose; name one, or use --backend"
            ])
    }

    @Test("a fault is told with the variable's name, numbered in a list")
    func places() {
        let found = faults([], whole.merging(["SWIVEL_WORKERS": "some", "SWIVEL_SERVER": "a:1 b"]) { $1 })
        #expect(found.count == 2)
        #expect(found[0].hasPrefix("SWIVEL_WORKERS: "))
        #expect(found[1].hasPrefix("SWIVEL_SERVER #2: "))
    }

    @Test(
        "an empty variable is not set", arguments: ["SWIVEL_WORKERS", "SWIVEL_BALANCE", "SWIVEL_BACKEND", "SWIVEL_PID"])
    func empty(name: String) throws {
        #expect(try configuration([], whole.merging([name: ""]) { $1 }) == configuration([], whole))
    }

    @Test(
        "warns of one that looks like an option's",
        arguments: [
            ("SWIVEL_BINDD", "SWIVEL_BINDD: is not read: no option has this name; did you mean SWIVEL_BIND?"),
            ("SWIVEL_SERVERS", "SWIVEL_SERVERS: is not read: no option has this name; did you mean SWIVEL_SERVER?"),
            (
                "SWIVEL_GRACEFULL_TIMEOT",
                "SWIVEL_GRACEFULL_TIMEOT: is not read: no option has this name; did you mean SWIVEL_GRACEFUL_TIMEOUT?"
            ),
            ("SWIVEL_METRICS", "SWIVEL_METRICS: is not part of this version; leave it out"),
            ("SWIVEL_TEST", "SWIVEL_TEST: is not read: it asks for something else than to run; write --test"),
        ])
    func warned(name: String, expected: String) {
        #expect(warnings([], whole.merging([name: "1"]) { $1 }) == [expected])
    }

    @Test(
        "ignores all others",
        arguments: [
            "SWIVEL_KERNEL_FEATURES", "SWIVEL_VERSION", "SWIVEL_PORT", "SWIVEL_SERVICE_HOST", "SWIVEL_SERVICE_PORT",
            "SWIVEL_PORT_80_TCP_ADDR", "SWIVEL_", "SWIVEL", "swivel_bind", "BIND", "SWIVEL_HOME", "PATH",
        ])
    func ignored(name: String) {
        #expect(warnings([], whole.merging([name: "-bundle,x"]) { $1 }) == [])
    }

    @Test("a warning is told beside the faults that it may explain")
    func warnedWithFaults() {
        #expect(warnings(words("--mode tcp --server a:1"), ["SWIVEL_BINDD": ":1"]).count == 1)
    }
}
