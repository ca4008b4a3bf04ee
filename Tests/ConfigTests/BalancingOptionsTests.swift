// Options that say how servers are picked and reached: what is refused and why, and what is configured.

import Codecs
import Config
import Testing

@Suite("options of balancing")
struct BalancingOptionsTests {
    @Test(
        "every policy has its name, and peers' names for it",
        arguments: [
            ("roundrobin", .roundRobin), ("ROUND_ROBIN", .roundRobin), ("leastconn", .leastConnections),
            ("least_conn", .leastConnections), ("LEAST_REQUEST", .leastConnections), ("p2c", .powerOfTwo),
            ("random_two", .powerOfTwo), ("random(2)", .powerOfTwo), ("random", .random), ("first", .first),
            ("source", .source), ("ip_hash", .source), ("maglev:source", .maglev), ("MAGLEV:source", .maglev),
            ("ring:source", .ring), ("ketama", .ring), ("RING_HASH", .ring), ("ewma", .ewma), ("PEAK_EWMA", .ewma),
        ] as [(String, Backend.Balance)])
    func policies(name: String, expected: Backend.Balance) throws {
        #expect(try configuration(valid + ["--balance", name]).backends.map(\.balance) == [expected])
    }

    @Test(
        "a key that requests have, in every spelling",
        arguments: [
            ("uri", .init(.hash, key: .uri)), ("URI", .init(.hash, key: .uri)),
            ("header:X-Room", .init(.hash, key: .header("X-Room"))), ("hdr(X-Room)", .init(.hash, key: .header("X-Room"))),
            ("cookie:Sid", .init(.hash, key: .cookie("Sid"))), ("query:user[id]", .init(.hash, key: .query("user[id]"))),
            ("url_param(k)", .init(.hash, key: .query("k"))), ("maglev:uri", .init(.maglev, key: .uri)),
            ("maglev:header:X-Room", .init(.maglev, key: .header("X-Room"))),
            ("maglev:hdr(X-Room)", .init(.maglev, key: .header("X-Room"))),
            ("ring:cookie:sid", .init(.ring, key: .cookie("sid"))), ("RING:query:a:b", .init(.ring, key: .query("a:b"))),
        ] as [(String, Backend.Balance)])
    func keys(name: String, expected: Backend.Balance) throws {
        let found = try configuration(validHTTP + ["--balance", name]).backends.map(\.balance)
        #expect(found == [expected])
        #expect(expected.isHash && expected.key.isOfRequest)
        // Connections have none of them.
        #expect(faults(valid + ["--balance", name]).count == 1)
    }

    @Test("a key's name is at most 64 bytes long", arguments: ["header", "ring:cookie", "maglev:query"])
    func keyNames(word: String) {
        let longest = String(repeating: "x", count: 64)
        #expect(faults(validHTTP + ["--balance", "\(word):\(longest)"]) == [])
        #expect(faults(validHTTP + ["--balance", "\(word):\(longest)x"]).count == 1)
    }

    @Test(
        "says what would be right",
        arguments: [
            ("--balance maglev", "--balance: \"maglev\" does not say by what; write maglev:source"),
            ("--balance ring:", "--balance: \"ring\" does not say by what; write ring:source"),
            (
                "--balance ring:host",
                "--balance: \"host\" is no key; write source, uri, header:NAME, cookie:NAME or query:NAME"
            ),
            ("--balance maglev:urj", "--balance: \"urj\" is no key; did you mean uri?"),
            ("--balance header", "--balance: header has no name; write header:X-Room"),
            ("--balance ring:hdr()", "--balance: header has no name; write header:X-Room"),
            ("--balance cookie:a=b", "--balance: \"a=b\" is no name; write cookie:session"),
            ("--balance query:a&b", "--balance: \"a&b\" is no name; write query:user"),
            ("--balance uri:path", "--balance: \"uri:path\": uri has no name; write uri"),
            (
                "--balance hash",
                "--balance: \"hash\" is not part of this version; write roundrobin, leastconn, p2c, ewma, random, first, source, uri, header:NAME, cookie:NAME, query:NAME, maglev:KEY or ring:KEY"
            ),
            ("--balance randon", "--balance: \"randon\" is not known here; did you mean random?"),
            (
                "--hash-balance-factor 50",
                "--hash-balance-factor: 50 would leave no room: servers would take less than their connections; write 100 to 65535, say 150, or 0 for off"
            ),
            ("--server-maxconn -1", "--server-maxconn: -1 is out of bounds; write 0 to 1073741824"),
            ("--queue many", "--queue: \"many\" is no whole number; write a number from 0 to 1048576"),
            ("--timeout-queue 5", "--timeout-queue: 5 has no unit; write 5s for seconds, 5ms for milliseconds"),
            ("--slow-start 1.5s", "--slow-start: \"1.5s\" has a fraction; write a whole number of a smaller unit"),
            ("--source here", "--source: \"here\" is no IP address; write 10.0.0.9, 2001:db8::9 or one of each"),
            ("--source 10.0.0.9:0", "--source: \"10.0.0.9:0\" has a port; write 10.0.0.9: the kernel takes a free one"),
            ("--source [::1]:80", "--source: \"[::1]:80\" has a port; write ::1: the kernel takes a free one"),
            ("--source 0.0.0.0", "--source: \"0.0.0.0\" is every address; leave it out: the kernel chooses one then"),
            ("--source ::ffff:10.0.0.9", "--source: \"::ffff:10.0.0.9\" is an IPv4 address; write 10.0.0.9"),
            (
                "--source 10.0.0.8,10.0.0.9",
                "--source: \"10.0.0.8,10.0.0.9\" has two addresses of one family; give one of each: 10.0.0.9,2001:db8::9"
            ),
            (
                "--server a:1,redirect=a.example",
                "--server #2: redirect: \"a.example\" is no URL that a client can be sent to; write one like https://app.example.com"
            ),
            ("--server a:1,weight=300", "--server #2: weight: 300 is out of bounds; write 0 to 256"),
            ("--server a:1,backup=1", "--server #2: backup takes no value, and has \"1\"; write backup, or leave it out"),
            ("--server a:1,proxy-protocol=v3", "--server #2: proxy-protocol: \"v3\" is not known here; did you mean v1 or v2?"),
        ])
    func refused(line: String, expected: String) {
        #expect(faults(valid + words(line)) == [expected])
    }

    @Test("reach the configuration")
    func configured() throws {
        let line = """
            --balance ring:source --hash-balance-factor 150 --slow-start 30s --server-maxconn 20 --queue 7 --timeout-queue 2s \
            --source 10.0.0.9,::1 --server s@a:1,backup,maxconn=3,slow-start=0,proxy-protocol=v2,disabled,redirect=http://a
            """
        let backend = try #require(configuration(valid + words(line)).backends.first)
        #expect(backend.balance == .ring && backend.balance.isHash)
        #expect(backend.hashBalanceFactorPercent == 150)
        #expect(backend.serverConnectionsMax == 20)
        #expect(backend.queueMax == 7)
        #expect(backend.queueTimeoutMilliseconds == 2_000)
        #expect(backend.source.address(for: .ipv4(host: 1, port: 1)) == .ipv4(host: 0x0a00_0009, port: 0))
        #expect(
            backend.source.address(for: .ipv6(high: 1, low: 1, port: 1, scope: 0)) == .ipv6(high: 0, low: 1, port: 0, scope: 0))
        #expect(backend.source.address(for: .unix(path: "/a")) == nil)
        #expect(backend.servers.map(\.connectionsMax) == [20, 3])
        #expect(backend.servers.map(\.slowStartMilliseconds) == [30_000, 0])
        #expect(backend.servers.map(\.isBackup) == [false, true])
        #expect(backend.servers.map(\.isDisabled) == [false, true])
        #expect(backend.servers.map(\.proxyProtocol) == [nil, .v2])
        #expect(backend.servers.map(\.redirect) == [nil, "http://a"])
    }

    @Test("a server takes the options of its backend, wherever they stand")
    func order() throws {
        let line = "--mode tcp --bind :1 --backend b --server a:1 --server-maxconn 5 --slow-start 1s"
        let server = try #require(configuration(words(line)).backends.first?.servers.first)
        #expect(server.connectionsMax == 5 && server.slowStartMilliseconds == 1_000)
    }

    @Test("the timeout of queues before any backend is of all, the rest of the default one alone")
    func scope() throws {
        let line = "--mode tcp --bind :1 --timeout-queue 1s --queue 3 --server a:1 --backend b --server b:1"
        let backends = try configuration(words(line)).backends
        #expect(backends.map(\.queueTimeoutMilliseconds) == [1_000, 1_000])
        #expect(backends.map(\.queueMax) == [3, 1_024])
    }

    @Test("nothing of them is set where nothing was said")
    func defaults() throws {
        let backend = try #require(configuration(valid).backends.first)
        #expect(backend.source == SourceAddresses())
        #expect(backend.hashBalanceFactorPercent == 0 && backend.queueMax == 1_024 && backend.queueTimeoutMilliseconds == 5_000)
        #expect(backend.serverConnectionsMax == 0 && backend.slowStartMilliseconds == 0)
    }
}
