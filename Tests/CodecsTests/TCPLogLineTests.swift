// Lines of the connection log, field by field.

import Codecs
import Testing

@Suite("tcp log line")
struct TCPLogLineTests {
    /// A line whose names live as long as `body` runs.
    private func withLine(
        client: TCPLogLine.Client = .ipv4(host: 0x0a00_0102, port: 33317), frontend: String = "edge",
        backend: String = "web", server: String = "a", _ change: (inout TCPLogLine) -> Void = { _ in }, room: Int = 512
    ) -> String {
        Array(frontend.utf8).withUnsafeBytes { frontend in
            Array(backend.utf8).withUnsafeBytes { backend in
                Array(server.utf8).withUnsafeBytes { server in
                    var line = TCPLogLine(client: client)
                    (line.frontend, line.backend, line.server) = (frontend, backend, server)
                    line.acceptedUnixSeconds = 1_795_176_000
                    line.acceptedMilliseconds = 123
                    change(&line)
                    return written(room: room) { line.write(into: $0) }
                }
            }
        }
    }

    @Test("writes HAProxy's fields in their order")
    func fields() {
        let text = withLine {
            ($0.queueMilliseconds, $0.connectMilliseconds, $0.totalMilliseconds) = (0, 2, 5007)
            $0.bytesRead = 212
            ($0.endedBy, $0.endedDuring) = (UInt8(ascii: "c"), UInt8(ascii: "D"))
            ($0.processConnections, $0.frontendConnections, $0.backendConnections) = (4, 3, 2)
            ($0.serverConnections, $0.retries, $0.serverQueue, $0.backendQueue) = (1, 0, 7, 8)
        }
        #expect(text == "10.0.1.2:33317 [20/Nov/2026:12:00:00.123] edge web/a 0/2/5007 212 cD 4/3/2/1/0 7/8\n")
    }

    @Test("a connection that found no server has no name and no times")
    func noServer() {
        let text = withLine(server: "") { $0.totalMilliseconds = 30 }
        #expect(text == "10.0.1.2:33317 [20/Nov/2026:12:00:00.123] edge web/<NOSRV> -1/-1/30 0 -- 0/0/0/0/0 0/0\n")
    }

    @Test(
        "writes each kind of client",
        arguments: [
            (.ipv4(host: 0x7f00_0001, port: 1), "127.0.0.1:1 "), (.ipv6(high: 0, low: 1, port: 54321), "::1:54321 "),
            (.ipv6(high: 0x2001_0db8 << 32, low: 7, port: 0), "2001:db8::7:0 "),
            (.unix(listenerNumber: 1), "unix:1 "), (.unix(listenerNumber: .max), "unix:4294967295 "),
        ] as [(TCPLogLine.Client, String)])
    func clients(client: TCPLogLine.Client, expected: String) {
        #expect(withLine(client: client).hasPrefix(expected))
    }

    @Test("a retry on another server is marked")
    func redispatched() {
        let text = withLine {
            $0.retries = 2
            $0.isRedispatched = true
        }
        #expect(text.hasSuffix(" 0/0/0/0/+2 0/0\n"))
    }

    @Test(
        "names the month and adds the offset",
        arguments: [
            (1_767_225_599, 0, "[31/Dec/2025:23:59:59.123]"), (1_767_225_599, 1, "[01/Jan/2026:00:00:00.123]"),
            (1_770_000_000, 0, "[02/Feb/2026:02:40:00.123]"), (1_772_323_200, 0, "[01/Mar/2026:00:00:00.123]"),
            (1_775_001_600, 7200, "[01/Apr/2026:02:00:00.123]"), (1_777_593_600, 0, "[01/May/2026:00:00:00.123]"),
            (1_780_272_000, 0, "[01/Jun/2026:00:00:00.123]"), (1_782_864_000, 0, "[01/Jul/2026:00:00:00.123]"),
            (1_785_542_400, 0, "[01/Aug/2026:00:00:00.123]"), (1_788_220_800, 0, "[01/Sep/2026:00:00:00.123]"),
            (1_790_812_800, 0, "[01/Oct/2026:00:00:00.123]"), (1_793_491_200, -3600, "[31/Oct/2026:23:00:00.123]"),
        ] as [(Int64, Int, String)])
    func dates(seconds: Int64, offsetSeconds: Int, expected: String) {
        let text = withLine {
            $0.acceptedUnixSeconds = seconds
            $0.zoneOffsetSeconds = offsetSeconds
        }
        #expect(text.contains(expected))
    }

    @Test(
        "milliseconds are three digits",
        arguments: [(0, ".000]"), (7, ".007]"), (999, ".999]"), (1000, ".999]"), (.max, ".999]")] as [(UInt32, String)])
    func milliseconds(value: UInt32, expected: String) {
        #expect(withLine { $0.acceptedMilliseconds = value }.contains(expected))
    }

    @Test("a name can neither part fields nor begin a line")
    func hostileNames() {
        let text = withLine(frontend: "a b", backend: "c\nd", server: "unix:/x\u{7f}\té")
        #expect(text.contains(" a_b c_d/unix:/x__é "))
        #expect(text.split(separator: "\n").count == 1)
    }

    @Test("a line that does not fit is cut and still ends")
    func truncated() {
        let whole = withLine()
        for room in 1..<whole.utf8.count {
            #expect(withLine(room: room) == String(whole.prefix(room - 1)) + "\n")
        }
        #expect(withLine(room: whole.utf8.count) == whole)
        #expect(withLine(room: 0) == "")
    }

    @Test("the longest line fits in the room that is promised")
    func longest() {
        let client = TCPLogLine.Client.ipv6(high: .max, low: .max, port: .max)
        let name = String(repeating: "n", count: 64)
        let text = withLine(
            client: client, frontend: name, backend: name, server: name,
            { line in
                line.acceptedUnixSeconds = .max
                (line.queueMilliseconds, line.connectMilliseconds, line.totalMilliseconds) = (.min, .min, .min)
                (line.bytesRead, line.isRedispatched, line.retries) = (.max, true, .min)
                (line.processConnections, line.frontendConnections, line.backendConnections) = (.min, .min, .min)
                (line.serverConnections, line.serverQueue, line.backendQueue) = (.min, .min, .min)
            }, room: 4096)
        #expect(text.utf8.count <= TCPLogLine.bytesMaxBesidesNames + 3 * 64)
        #expect(text.hasSuffix("\n"))
    }
}
