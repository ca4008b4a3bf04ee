// By what clients keep their server, and how often requests may come: values, modes, what is refused and warned of.

import Config
import Testing

@Suite("stickiness and rate limits")
struct StickyTests {
    @Test(
        "every way to keep a server",
        arguments: [
            ("off", .off), ("none", .off), ("cookie:srv", .cookie("srv")), ("COOKIE:Srv", .cookie("Srv")), ("source", .source),
            ("ip", .source),
        ] as [(String, Sticky)])
    func values(text: String, expected: Sticky) throws {
        #expect(try configuration(validHTTP + ["--sticky", text]).backends.map(\.sticky) == [expected])
    }

    @Test("belongs to the last backend, before any to \"default\" alone")
    func scope() throws {
        let line = """
            --bind :1 --sticky cookie:a --sticky-ttl 1h --sticky-secret /a --server s:1 --bind b@:2,backend=b --backend b \
            --sticky source --sticky-ttl 1s --server t:1
            """
        let found = try configuration(words(line)).backends
        #expect(found.map(\.sticky) == [.cookie("a"), .source])
        #expect(found.map(\.stickyMilliseconds) == [3_600_000, 1_000])
        #expect(found.map(\.stickySecretFile) == ["/a", nil])
        #expect(warnings(words(line)) == [])
        #expect(
            try configuration(validHTTP + words("--sticky source --sticky-ttl session")).backends[0].stickyMilliseconds == nil)
    }

    @Test(
        "says what would be right",
        arguments: [
            ("--sticky cookies", "\"cookies\" is not known here; write off, cookie:NAME or source"),
            ("--sticky cookie", "cookie has no name; write cookie:server"),
            ("--sticky cookie:", "cookie has no name; write cookie:server"),
            ("--sticky cookie:a=b", "\"a=b\" is no name of a cookie; write cookie:server"),
            (
                "--sticky cookie:__Host-a",
                "browsers refuse a cookie __Host-a that comes by http; write a name without that prefix: cookie:server"
            ),
            ("--sticky sorce", "\"sorce\" is not known here; did you mean source?"),
            ("--sticky-ttl 999ms", "999ms is out of bounds; write 1s to 8760h, or session"),
            ("--sticky-ttl for-ever", "\"for-ever\" is no duration; write a whole number and its unit: 30s, or session"),
            ("--sticky-secret /etc/", "\"/etc/\" names no file; write the path of a file"),
            (
                "--rate-limit 10/s",
                "\"10/s\" does not say how much of what; write one like ip=100/10s: 100 in ten seconds of each client address"
            ),
            ("--rate-limit ipp=1/s", "\"ipp\" is nothing that requests have in common; did you mean ip?"),
            ("--rate-limit path=1/s", "\"path\" is nothing that requests have in common; write ip, host or header:NAME"),
            ("--rate-limit header:=1/s", "header has no name; write header:X-API-Key=N/T"),
            ("--rate-limit header:a,b=1/s", "\"a,b\" is no name; write header:X-API-Key=N/T"),
            ("--rate-limit ip=10", "\"10\" is no number in a time; write one like 100/10s: 100 in ten seconds"),
            ("--rate-limit ip=0/s", "0 is out of bounds; write 1 to 1000000"),
            ("--rate-limit ip=1/s,burst=0", "0 is out of bounds; write 1 to 1000000"),
            ("--rate-limit ip=1/s,bust=2", "\"bust=2\" is not known behind a rate; write burst=N, or leave it out"),
            (
                "--rate-limit ip=1/s,burst=2,burst=3",
                "\"burst=2,burst=3\" is not known behind a rate; write burst=N, or leave it out"
            ),
        ])
    func refused(line: String, expected: String) {
        let flag = line.prefix { $0 != " " }
        #expect(faults(validHTTP + words(line)) == ["\(flag): \(expected)"])
    }

    @Test("by address also in tcp mode, by cookie not")
    func modes() {
        #expect(faults(valid + words("--sticky source --sticky-ttl 5m")) == [])
        #expect(warnings(valid + words("--sticky source --sticky-ttl 5m")) == [])
        #expect(
            faults(valid + words("--sticky cookie:a")) == [
                "--sticky: cookie:a is read from requests, and backend \"default\" has connections; write --mode http, or --sticky source for the client's address"
            ])
        #expect(
            warnings(valid + words("--rate-limit ip=1/s")) == [
                "--rate-limit: has no effect: frontend \"default\" speaks tcp; leave it out, or write --mode http"
            ])
    }

    @Test(
        "warns of what has no use",
        arguments: [
            (
                "--sticky cookie:a",
                "--sticky: the cookies of backend \"default\" are worth nothing after a restart, and on no other host; add --sticky-secret FILE"
            ),
            (
                "--sticky-ttl 1m",
                "--sticky-ttl: has no effect: in backend \"default\" no client keeps its server; add --sticky cookie:NAME or --sticky source, or leave it out"
            ),
            (
                "--sticky-secret /a",
                "--sticky-secret: has no effect: in backend \"default\" no client keeps its server; add --sticky cookie:NAME or --sticky source, or leave it out"
            ),
            (
                "--sticky source --sticky-secret /a",
                "--sticky-secret: has no effect: in backend \"default\" clients keep their server by their address; leave it out, or write --sticky cookie:NAME"
            ),
        ])
    func warned(line: String, expected: String) {
        #expect(faults(validHTTP + words(line)) == [])
        #expect(warnings(validHTTP + words(line)) == [expected])
    }

    @Test("rates of each key, with a burst or without, of the last bind")
    func rates() throws {
        let line = """
            --rate-limit ip=100/10s --bind a@:1 --rate-limit HOST=5/s,burst=50 --bind b@:2 --rate-limit header:X-Key=1/1m \
            --rate-limit ip=1000/h --server s:1
            """
        let found = try configuration(words(line)).frontends.map(\.rateLimits)
        let all = RateLimit(key: .address, rate: Rate(count: 100, periodMilliseconds: 10_000), burst: 100)
        #expect(
            found == [
                [all, RateLimit(key: .host, rate: Rate(count: 5, periodMilliseconds: 1_000), burst: 50)],
                [
                    all, RateLimit(key: .header("X-Key"), rate: Rate(count: 1, periodMilliseconds: 60_000), burst: 1),
                    RateLimit(key: .address, rate: Rate(count: 1_000, periodMilliseconds: 3_600_000), burst: 1_000),
                ],
            ])
        let environment = ["SWIVEL_RATE_LIMIT": "ip=1/s host=2/s,burst=3"]
        #expect(try configuration(validHTTP, environment).frontends[0].rateLimits.map(\.burst) == [1, 3])
    }

    @Test("a server's URL has no query, and the slash at its end is the request's")
    func redirect() throws {
        let line = words("--server t:1,redirect=https://t.example/ --server u:1,redirect=https://u.example/x")
        let found = try configuration(validHTTP + line).backends[0].servers.map(\.redirect)
        #expect(found == [nil, "https://t.example", "https://u.example/x"])
        #expect(warnings(validHTTP + line) == [])
        #expect(
            faults(validHTTP + words("--server t:1,redirect=https://t.example/?a=b")) == [
                "--server #2: redirect: \"https://t.example/?a=b\" has a query, and the URI of each request is to follow it; write https://t.example/"
            ])
    }
}
