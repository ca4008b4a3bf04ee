// Which object an option belongs to: the last one before it, or all.

import Codecs
import Config
import Testing

@Suite("order of options")
struct OrderTests {
    @Test("the quick form is one frontend on every address and one backend")
    func quick() throws {
        let found = try configuration(
            words("--bind :8080 --mode tcp --server 10.0.0.1:8000 --server 10.0.0.2:8000,weight=2"))
        var frontend = Frontend(
            name: "default",
            listeners: [
                Listener(address: .ipv4(host: 0, port: 8080)),
                Listener(address: .ipv6(high: 0, low: 0, port: 8080, scope: 0)),
            ], backend: "default")
        frontend.mode = .tcp
        let one = Server(name: "10.0.0.1:8000", address: .socket(.ipv4(host: 0x0a00_0001, port: 8000)))
        var two = Server(name: "10.0.0.2:8000", address: .socket(.ipv4(host: 0x0a00_0002, port: 8000)))
        two.weight = 2
        let backend = Backend(name: "default", servers: [one, two])
        #expect(found == Configuration(frontends: [frontend], backends: [backend]))
    }

    @Test("server-side options belong to the last backend, before any to all")
    func serverSide() throws {
        let line = """
            --mode tcp --bind :1 --timeout-connect 1s --retries 1 --server a:1 \
            --backend b --retries 5 --server b:1 --backend c --server c:1 --timeout-connect 9s
            """
        let found = try configuration(words(line))
        #expect(found.backends.map(\.name) == ["default", "b", "c"])
        #expect(found.backends.map(\.retriesMax) == [1, 5, 1])
        #expect(found.backends.map(\.connectTimeoutMilliseconds) == [1_000, 1_000, 9_000])
        #expect(found.backends.flatMap(\.servers).map(\.name) == ["a:1", "b:1", "c:1"])
    }

    @Test("a policy before any backend is of the default one alone")
    func policy() throws {
        let line = "--mode tcp --bind :1 --server a:1 --balance roundrobin --backend b --server b:1"
        #expect(try configuration(words(line)).backends.map(\.balance) == [.roundRobin, .leastConnections])
    }

    @Test("a policy of a backend without servers is refused")
    func policyOfNone() {
        let line = "--mode tcp --bind :1 --balance roundrobin --backend b --server b:1"
        #expect(
            faults(words(line)) == [
                "--balance: stands before any --backend, and so is of \"default\", which has no server; put it behind --backend NAME"
            ])
    }

    @Test("client-side options belong to the last listener's frontend, before any to all")
    func clientSide() throws {
        let line = """
            --mode tcp --timeout-tunnel 1s --server a:1 --bind a@:1 --timeout-tunnel 2s --frontend-maxconn 5 \
            --bind b@:2 --bind c@:3 --timeout-half-close 3s
            """
        let found = try configuration(words(line)).frontends
        #expect(found.map(\.name) == ["a", "b", "c"])
        #expect(found.map(\.tunnelTimeoutMilliseconds) == [2_000, 1_000, 1_000])
        #expect(found.map(\.halfCloseTimeoutMilliseconds) == [30_000, 30_000, 3_000])
        #expect(found.map(\.connectionsMax) == [5, nil, nil])
        #expect(found.map(\.mode) == [.tcp, .tcp, .tcp])
    }

    @Test("options of the process may stand anywhere")
    func process() throws {
        let found = try configuration(words("--bind :1 --workers 2 --mode tcp --backend b --maxconn 7 --server a:1"))
        #expect(found.process.workerCount == 2)
        #expect(found.process.connectionsMax == 7)
    }

    @Test("of options that make no object, the last one counts")
    func lastWins() throws {
        let found = try configuration(valid + words("--workers 1 --workers 2 --retries 1 --retries 0"))
        #expect(found.process.workerCount == 2)
        #expect(found.backends.map(\.retriesMax) == [0])
    }

    @Test("listeners of one name are one frontend, with the options of it")
    func sameName() throws {
        let line =
            "--mode tcp --bind web@:1 --timeout-tunnel 5s --bind x@:2 --bind web@127.0.0.1:3,maxconn=4 --server a:1"
        let found = try configuration(words(line)).frontends
        #expect(found.map(\.name) == ["web", "x"])
        #expect(found[0].listeners.map(\.address.description) == ["0.0.0.0:1", "[::]:1", "127.0.0.1:3"])
        #expect(found[0].listeners.map(\.connectionsMax) == [nil, nil, 4])
        #expect(found[0].tunnelTimeoutMilliseconds == 5_000)
    }

    @Test("an option of a frontend may not be given two values behind its addresses")
    func contradiction() throws {
        let line =
            "--mode tcp --bind a@:1,backend=x --bind a@:2,backend=y --backend x --server a:1 --backend y --server b:1"
        #expect(faults(words(line)).count == 1)
        #expect(faults(words(line)).first?.hasPrefix("--bind #2: backend is not the one of --bind #1") == true)
        #expect(faults(words(line.replacing("backend=y", with: "backend=x"))) == [])
    }

    @Test("listeners without a name are one frontend where their options agree")
    func unnamed() throws {
        let line = """
            --mode tcp --bind :1 --bind :2,maxconn=3 --bind :3 --timeout-tunnel 1m --bind :4,backend=b --bind :5 \
            --bind :6,backend=b --server a:1 --backend b --server b:1
            """
        let found = try configuration(words(line)).frontends
        #expect(found.map(\.name) == ["default", "frontend-2", "frontend-3"])
        #expect(found.map { $0.listeners.compactMap(\.address.port) } == [[1, 1, 2, 2, 5, 5], [3, 3], [4, 4, 6, 6]])
        #expect(found.map(\.backend) == ["default", "default", "b"])
    }

    @Test("saying the default is the same as not saying it")
    func saidDefault() throws {
        let line = "--mode tcp --bind :1 --bind :2,backend=default,mode=tcp --server a:1"
        #expect(try configuration(words(line)).frontends.map(\.name) == ["default"])
    }

    @Test("names that were given are not given again")
    func freeNames() throws {
        let line =
            "--mode tcp --bind default@:1 --bind :2 --bind frontend-2@:3 --bind :4,backend=b --server a:1 --backend b --server b:1"
        let found = try configuration(words(line)).frontends
        #expect(found.map(\.name) == ["default", "frontend-1", "frontend-2", "frontend-3"])
    }

    @Test("a frontend takes the backend it names, the default one, or the only one")
    func backends() throws {
        let one = try configuration(words("--mode tcp --bind :1 --backend web --server a:1"))
        #expect(one.frontends.map(\.backend) == ["web"])
        #expect(one.backends.map(\.name) == ["web"])
        let two = try configuration(
            words("--mode tcp --bind a@:1 --bind b@:2,backend=web --server a:1 --backend web --server b:1"))
        #expect(two.frontends.map(\.backend) == ["default", "web"])
    }

    @Test("the default backend may be named, and returned to")
    func namedDefault() throws {
        let line = "--mode tcp --bind :1 --server a:1 --backend default --server b:1 --balance rr"
        let found = try configuration(words(line)).backends
        #expect(found.map(\.name) == ["default"])
        #expect(found.map(\.servers.count) == [2])
        #expect(found.map(\.balance) == [.roundRobin])
    }
}
