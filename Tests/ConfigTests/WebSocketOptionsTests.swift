// How tunnels are looked after, the spread of a drain, and lines of the log that are templates.

import Config
import Testing

@Suite("options of WebSocket and templates")
struct WebSocketOptionsTests {
    @Test("reach the configuration")
    func configured() throws {
        let line = """
            --ws-mode frame --ws-ping-interval 25s --ws-ping-timeout 5s --ws-max-frame 1m --ws-drain-code 1001 \
            --ws-rebalance 10/1m --ws-connect-rate 50/s
            """
        let found = try #require(configuration(validHTTP + words(line)).backends.first).websocket
        var expected = WebSocketOptions()
        expected.pingIntervalMilliseconds = 25_000
        expected.pingTimeoutMilliseconds = 5_000
        expected.frameBytesMax = 1 << 20
        expected.drainCode = 1_001
        expected.rebalance = WebSocketOptions.Rebalance(percent: 10, periodMilliseconds: 60_000)
        expected.connectRate = Rate(count: 50, periodMilliseconds: 1_000)
        #expect(found == expected)
        #expect(warnings(validHTTP + words(line)) == [])
    }

    @Test("nothing of them is set where nothing was said, and 0 is nothing")
    func defaults() throws {
        let line = words("--ws-ping-interval 0 --ws-max-frame 0 --ws-rebalance 0 --ws-connect-rate 0 --ws-drain-code 1012")
        #expect(try configuration(validHTTP + line).backends.map(\.websocket) == [WebSocketOptions()])
        #expect(try configuration(validHTTP).backends.map(\.websocket) == [WebSocketOptions()])
    }

    @Test("belong to the last backend, before any to all")
    func scope() throws {
        let line =
            "--bind :1 --ws-ping-interval 9s --server s:1 --bind b@:2,backend=b --backend b --ws-mode opaque --server t:1"
        let found = try configuration(words(line)).backends.map(\.websocket)
        #expect(found.map(\.pingIntervalMilliseconds) == [9_000, 9_000])
        #expect(found.map(\.mode) == [.frame, .opaque])
    }

    @Test("the profile sends pings, where nothing else is said")
    func profile() throws {
        let found = try #require(configuration(validHTTP + words("--backend-profile websocket")).backends.first)
        #expect(found.profile == .websocket && found.websocket.pingIntervalMilliseconds == 30_000)
        #expect(found.balance == .leastConnections && found.websocket.drainCode == 1_012)
        #expect(warnings(validHTTP + words("--backend-profile websocket")) == [])
        let said = try configuration(validHTTP + words("--ws-ping-interval 0 --backend-profile websocket --balance p2c"))
        #expect(said.backends.map(\.websocket.pingIntervalMilliseconds) == [0])
        #expect(said.backends.map(\.balance) == [.powerOfTwo])
    }

    @Test(
        "says what would be right",
        arguments: [
            ("--ws-mode frames", "\"frames\" is not known here; did you mean frame?"),
            (
                "--ws-drain-code 1000",
                "\"1000\" is no code that a drain can have; write 1012 (service restart) or 1001 (going away)"
            ),
            ("--ws-rebalance 10", "\"10\" is no share in a time; write one like 10/1m: ten hundredths in a minute, or 0"),
            ("--ws-rebalance 0/1m", "0 is out of bounds; write 1 to 100, or 0"),
            ("--ws-rebalance 101%/1m", "101 is out of bounds; write 1 to 100, or 0"),
            ("--ws-rebalance 10/1", "1 has no unit; write 1s for seconds, 1ms for milliseconds, or 0"),
            ("--ws-rebalance 10/999ms", "999ms is out of bounds; write 1s to 24h, or 0"),
            ("--ws-ping-timeout 0", "0 is out of bounds; write 1ms to 8760h"),
            ("--ws-connect-rate 9", "\"9\" is no number in a time; write one like 100/10s: 100 in ten seconds, or 0"),
            ("--ws-max-frame 1t", "\"t\" is no unit of size; write k, m or g (powers of 1,024), or bytes without a unit"),
            ("--drain-spread 5", "5 has no unit; write 5s for seconds, 5ms for milliseconds, or auto"),
            ("--access-log-format '$status $requst'", "\"$requst\" is no variable of a line; did you mean $request?"),
            (
                "--access-log-format 'a$'",
                "a $ is not followed by the name of a variable; write one like $status, or $$ for a dollar"
            ),
            ("--access-log-format '${status'", "a ${ has no }; write one like ${status}"),
            (
                "--access-log-format template",
                "\"template\" does not say what a line is; write nginx's variables, as in '$remote_addr $request_time $status'"
            ),
            (
                "--access-log-format '%(h)s %(r)s'",
                "\"%(h)s %(r)s\" has no variable; write nginx's variables, as in '$remote_addr $request_time $status'"
            ),
            ("--access-log-format jsn", "\"jsn\" is not known here; did you mean json?"),
        ])
    func refused(line: String, expected: String) {
        let flag = line.prefix { $0 != " " }
        #expect(faults(validHTTP + words(line)) == ["\(flag): \(expected)"])
    }

    @Test(
        "warns of what has no use",
        arguments: [
            (
                "--ws-mode opaque --ws-ping-interval 9s",
                "--ws-ping-interval: has no effect with --ws-mode opaque, which backend \"default\" has; leave it out, or write --ws-mode frame"
            ),
            (
                "--ws-mode opaque --ws-rebalance 1/1s",
                "--ws-rebalance: has no effect with --ws-mode opaque, which backend \"default\" has; leave it out, or write --ws-mode frame"
            ),
            (
                "--balance source --ws-rebalance 1/1s",
                "--ws-rebalance: has no effect: in backend \"default\" a hash gives each client its server; leave it out, or write --balance leastconn and no --sticky"
            ),
            (
                "--balance first --ws-rebalance 1/1s",
                "--ws-rebalance: has no effect: backend \"default\" fills one server before the next; leave it out, or write --balance leastconn and no --sticky"
            ),
            (
                "--sticky source --ws-rebalance 1/1s",
                "--ws-rebalance: has no effect: in backend \"default\" clients keep their server; leave it out, or write --balance leastconn and no --sticky"
            ),
            (
                "--ws-ping-timeout 9s",
                "--ws-ping-timeout: has no effect: backend \"default\" sends no pings; add --ws-ping-interval T, or leave it out"
            ),
            (
                "--drain-spread 31s",
                "--drain-spread: 31s is longer than a drain waits, which is 30s; lower it, or raise --graceful-timeout"
            ),
        ])
    func warned(line: String, expected: String) {
        #expect(faults(validHTTP + words(line)) == [])
        #expect(warnings(validHTTP + words(line)) == [expected])
    }

    @Test("tunnels are balanced anew where clients may go anywhere", arguments: ["leastconn", "roundrobin", "p2c", "ewma", "random"])
    func rebalanced(policy: String) {
        #expect(warnings(validHTTP + words("--ws-rebalance 1/1s --balance \(policy)")) == [])
        #expect(warnings(validHTTP + words("--ws-rebalance 0 --balance source")) == [])
    }

    @Test("have no use in tcp mode", arguments: ["--ws-mode opaque", "--ws-ping-interval 1s", "--ws-connect-rate 1/s"])
    func tcp(line: String) {
        let flag = line.prefix { $0 != " " }
        #expect(
            warnings(valid + words(line)) == [
                "\(flag): has no effect: backend \"default\" has connections, no requests; leave it out, or write --mode http"
            ])
    }

    @Test("a drain is spread over what it may take, or less")
    func spread() throws {
        #expect(try configuration(validHTTP).process.drainSpreadMilliseconds == nil)
        #expect(try configuration(validHTTP + words("--drain-spread 30s")).process.drainSpreadMilliseconds == 30_000)
        #expect(try configuration(validHTTP + words("--drain-spread auto")).process.drainSpreadMilliseconds == nil)
        #expect(warnings(validHTTP + words("--drain-spread 30s")) == [])
        #expect(warnings(validHTTP + words("--drain-spread 31s --graceful-timeout 31s")) == [])
    }

    @Test("a line with a dollar is a template, and the last format counts")
    func template() throws {
        let text = "$remote_addr - \"$request\" $$ ${status}"
        let found = try configuration(validHTTP + ["--access-log-format", text]).log
        #expect(found.accessFormat == .template && found.accessTemplate == text)
        #expect(found.accessFormat(in: .http) == .template && found.accessFormat(in: .tcp) == .tcp)
        let last = try configuration(validHTTP + ["--access-log-format", text, "--access-log-format", "json"]).log
        #expect(last.accessFormat == .json && last.accessTemplate == nil)
        let auto = try configuration(validHTTP + ["--access-log-format", text, "--access-log-format", "auto"]).log
        #expect(auto.accessFormat == nil && auto.accessTemplate == nil)
        #expect(try configuration(validHTTP, ["SWIVEL_ACCESS_LOG_FORMAT": text]).log.accessTemplate == text)
        #expect(
            warnings(valid + ["--access-log-format", text]) == [
                "--access-log-format: has no effect: no frontend speaks http; leave it out: connections are logged in tcp"
            ])
    }
}
