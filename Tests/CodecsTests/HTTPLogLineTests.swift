// Lines of the access log, format by format, and what no client can do to them.

import Codecs
import Testing

@Suite("http log line")
struct HTTPLogLineTests {
    /// The texts of a line.
    private struct Texts {
        var frontend = bytes("edge"), backend = bytes("web"), server = bytes("a"), serverAddress = bytes("10.0.0.1:8000")
        var method = bytes("GET"), target = bytes("/a?b=c"), host = bytes("www.example.org:8080")
        var referer = bytes("http://x/"), userAgent = bytes("curl/8"), requestID = bytes("0123456789abcdef")

        static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    }

    /// A line's bytes; its texts live as long as it is written.
    private func bytes(
        _ format: HTTPLogFormat, client: HTTPLogLine.Client = .ipv4(host: 0x0a00_0102, port: 33317), texts: Texts = Texts(),
        room: Int = HTTPLogLine.bytesMax, _ change: (inout HTTPLogLine) -> Void = { _ in }
    ) -> [UInt8] {
        let all = [
            texts.frontend, texts.backend, texts.server, texts.serverAddress, texts.method, texts.target, texts.host,
            texts.referer, texts.userAgent, texts.requestID,
        ]
        return withGuarded(all) { places in
            var line = HTTPLogLine(client: client)
            (line.frontend, line.backend, line.server, line.serverAddress) = (places[0], places[1], places[2], places[3])
            (line.method, line.target, line.host) = (places[4], places[5], places[6])
            (line.referer, line.userAgent, line.requestID) = (places[7], places[8], places[9])
            (line.acceptedUnixSeconds, line.acceptedMilliseconds) = (1_795_176_000, 123)
            (line.listenerPort, line.status, line.bytesIn, line.bytesOut, line.bodyBytesOut) = (80, 200, 77, 900, 612)
            (line.requestNanoseconds, line.queueNanoseconds, line.connectNanoseconds) = (1_500_000, 0, 2_000_000)
            (line.headerNanoseconds, line.totalNanoseconds) = (30_000_999, 5_007_000_000)
            change(&line)
            return withGuardedBuffer(byteCount: room) { Array($0[..<line.write(format, into: $0)]) }
        }
    }

    /// Runs `body` with each text at the end of readable memory.
    private func withGuarded<Answer>(_ texts: [[UInt8]], _ body: ([UnsafeRawBufferPointer]) -> Answer) -> Answer {
        func next(_ places: [UnsafeRawBufferPointer]) -> Answer {
            if places.count == texts.count { return body(places) }
            return withGuardedBuffer(byteCount: texts[places.count].count) { buffer in
                buffer.copyBytes(from: texts[places.count])
                return next(places + [UnsafeRawBufferPointer(buffer)])
            }
        }
        return next([])
    }

    private func text(
        _ format: HTTPLogFormat, client: HTTPLogLine.Client = .ipv4(host: 0x0a00_0102, port: 33317), texts: Texts = Texts(),
        _ change: (inout HTTPLogLine) -> Void = { _ in }
    ) -> String {
        String(decoding: bytes(format, client: client, texts: texts, change), as: UTF8.self)
    }

    @Test("combined, common and vcombined as web servers write them")
    func webServers() {
        let common = #"10.0.1.2 - - [20/Nov/2026:12:00:00 +0000] "GET /a?b=c HTTP/1.1" 200 612"#
        #expect(text(.common) == common + "\n")
        #expect(text(.combined) == common + #" "http://x/" "curl/8""# + "\n")
        let virtual = #" 10.0.1.2 - - [20/Nov/2026:12:00:00 +0000] "GET /a?b=c HTTP/1.1" 200 900 "http://x/" "curl/8""#
        #expect(text(.vcombined) == "www.example.org:80" + virtual + "\n")
    }

    @Test(
        "the virtual host stands without its port, or is the frontend",
        arguments: [
            ("example.org", "example.org:443 "), ("example.org:", "example.org:443 "), ("[::1]:8", "[::1]:443 "),
            ("[::1]", "[::1]:443 "), ("", "edge:443 "), (":80", "edge:443 "), ("12", "12:443 "), ("a b", "a\\x20b:443 "),
        ])
    func virtualHost(host: String, expected: String) {
        var texts = Texts()
        texts.host = Array(host.utf8)
        #expect(text(.vcombined, texts: texts) { $0.listenerPort = 443 }.hasPrefix(expected + "10.0.1.2 - - ["))
    }

    @Test(
        "the zone is hours and minutes, west and east",
        arguments: [
            (0, "12:00:00 +0000"), (5_400, "13:30:00 +0130"), (-12_600, "08:30:00 -0330"), (86_400, "12:00:00 +2400"),
            (Int.max, "12:00:00 +2400"), (Int.min, "12:00:00 -2400"),
        ])
    func zone(seconds: Int, expected: String) {
        #expect(text(.common) { $0.zoneOffsetSeconds = seconds }.contains(":" + expected + "]"))
    }

    @Test("clients by each kind of address")
    func clients() {
        #expect(text(.common, client: .ipv6(high: 0x2001_0db8 << 32, low: 7, port: 1)).hasPrefix("2001:db8::7 - - ["))
        #expect(text(.common, client: .unix(listenerNumber: 1)).hasPrefix("unix: - - ["))
        #expect(text(.haproxy, client: .unix(listenerNumber: 1)).hasPrefix("unix:1 ["))
        #expect(text(.json, client: .unix(listenerNumber: 1)).contains(#","client_ip":null,"client_port":null,"#))
        #expect(text(.json, client: .ipv6(high: 0, low: 1, port: 9)).contains(#","client_ip":"::1","client_port":9,"#))
    }

    @Test("haproxy: the fields of its httplog in their order")
    func haproxy() {
        let line = text(.haproxy) {
            ($0.endedBy, $0.endedDuring) = (UInt8(ascii: "s"), UInt8(ascii: "H"))
            ($0.processConnections, $0.frontendConnections, $0.backendConnections) = (6, 5, 4)
            ($0.serverConnections, $0.retries, $0.isRedispatched) = (3, 2, true)
            ($0.serverQueue, $0.backendQueue) = (7, 8)
        }
        let start = "10.0.1.2:33317 [20/Nov/2026:12:00:00.123] edge web/a 1/0/2/30/5007 200 900 - - sH-- "
        #expect(line == start + #"6/5/4/3/+2 7/8 "GET /a?b=c HTTP/1.1""# + "\n")
    }

    /// As HAProxy 2.6.12 wrote it for a request line with a control byte, but for the reason.
    @Test("a request that could not be read is marked in each format, with its reason")
    func refused() {
        var texts = Texts()
        (texts.method, texts.target, texts.host, texts.referer, texts.userAgent) = ([], [], [], [], [])
        (texts.backend, texts.server, texts.serverAddress, texts.requestID) = ([], [], [], [])
        func refused(_ format: HTTPLogFormat) -> String {
            text(format, texts: texts) {
                ($0.status, $0.bytesOut, $0.bodyBytesOut, $0.reason) = (400, 0, 0, "bare-cr")
                ($0.endedBy, $0.endedDuring) = (UInt8(ascii: "P"), UInt8(ascii: "R"))
                ($0.requestNanoseconds, $0.queueNanoseconds, $0.connectNanoseconds) = (-1, -1, -1)
                ($0.headerNanoseconds, $0.totalNanoseconds) = (-1, 0)
            }
        }
        let common = #"10.0.1.2 - - [20/Nov/2026:12:00:00 +0000] "-" 400 0"#
        #expect(refused(.common) == common + "\n")
        #expect(refused(.combined) == common + #" "-" "-" "bare-cr""# + "\n")
        let haproxy = "10.0.1.2:33317 [20/Nov/2026:12:00:00.123] edge edge/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 0/0/0/0/0 0/0 "
        #expect(refused(.haproxy) == haproxy + #""<BADREQ>" "bare-cr""# + "\n")
        let json = FlatJSON(Array(refused(.json).utf8.dropLast()))
        #expect(json?["reason"] == .text("bare-cr"))
        for key in ["proto", "method", "host", "uri", "referer", "user_agent", "request_id", "backend", "server"] {
            #expect(json?[key] == .null, "\(key)")
        }
    }

    @Test("json: the keys in their order, seconds as numbers")
    func json() {
        let object = FlatJSON(Array(text(.json) { ($0.retries, $0.shard, $0.isReused) = (1, 3, true) }.utf8.dropLast()))
        let expected: [(String, FlatJSON.Value)] = [
            ("ts", .number("1795176000.123")), ("frontend", .text("edge")), ("backend", .text("web")), ("server", .text("a")),
            ("server_addr", .text("10.0.0.1:8000")), ("client_ip", .text("10.0.1.2")), ("client_port", .number("33317")),
            ("proto", .text("HTTP/1.1")), ("method", .text("GET")), ("host", .text("www.example.org:8080")),
            ("uri", .text("/a?b=c")), ("status", .number("200")), ("bytes_in", .number("77")),
            ("bytes_out", .number("900")), ("referer", .text("http://x/")), ("user_agent", .text("curl/8")),
            ("request_id", .text("0123456789abcdef")), ("t_queue", .number("0.000000")),
            ("t_connect", .number("0.002000")), ("t_header", .number("0.030000")), ("t_total", .number("5.007000")),
            ("retries", .number("1")), ("term", .text("--")), ("ws_close_code", .null), ("ws_msgs_in", .null),
            ("ws_msgs_out", .null), ("shard", .number("3")), ("reused", .boolean(true)), ("reason", .null),
        ]
        #expect(object?.members.map(\.key) == expected.map(\.0))
        for (key, value) in expected { #expect(object?[key] == value, "\(key)") }
    }

    @Test("json: a WebSocket's close code and messages")
    func webSocket() {
        let line = text(.json) { ($0.wsCloseCode, $0.wsMessagesIn, $0.wsMessagesOut) = (1000, 3, 0) }
        #expect(line.contains(#","ws_close_code":1000,"ws_msgs_in":3,"ws_msgs_out":0,"#))
    }

    @Test("what was never reached is null in json, and no answer has no status")
    func unreached() {
        let line = text(.json) { ($0.connectNanoseconds, $0.headerNanoseconds, $0.status) = (-1, -1, 0) }
        #expect(line.contains(#""t_connect":null,"t_header":null,"#) && line.contains(#","status":null,"#))
        #expect(text(.haproxy) { $0.status = 0 }.contains("/5007 -1 900 "))
        #expect(text(.common) { $0.status = 0 }.contains("\" 000 612"))
    }

    @Test(
        "each format escapes in its own way",
        arguments: [
            (.combined, #""GET /\x22\x5C\x0A\x7F\xC3\xA9\xFF# {|} HTTP/1.1""#),
            (.haproxy, #""GET /#22#5C#0A#7F#C3#A9#FF#23 {|} HTTP/1.1""#),
            (.json, #""uri":"/\"\\\u000a\u007f\u00e9\ufffd# {|}""#),
        ] as [(HTTPLogFormat, String)])
    func escapes(format: HTTPLogFormat, expected: String) {
        var texts = Texts()
        texts.target = Array("/\"\\\n\u{7f}é".utf8) + [0xff] + Array("# {|}".utf8)
        #expect(text(format, texts: texts).contains(expected), "\(text(format, texts: texts))")
    }

    @Test(
        "json: UTF-8 by its code points, everything else as U+FFFD byte by byte",
        arguments: [
            ([0xf0, 0x9f, 0x98, 0x80], "😀"), ([0xef, 0xbf, 0xbf], "\u{ffff}"), ([0xc2, 0x80], "\u{80}"),
            ([0xf4, 0x8f, 0xbf, 0xbf], "\u{10ffff}"), ([0xf4, 0x90, 0x80, 0x80], "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            ([0xc0, 0x80], "\u{fffd}\u{fffd}"), ([0xe0, 0x9f, 0xbf], "\u{fffd}\u{fffd}\u{fffd}"),
            ([0xed, 0xa0, 0x80], "\u{fffd}\u{fffd}\u{fffd}"), ([0xed, 0x9f, 0xbf], "\u{d7ff}"),
            ([0xe2, 0x82], "\u{fffd}\u{fffd}"),
            ([0xc3, 0x41], "\u{fffd}A"), ([0x80], "\u{fffd}"), ([0xf5, 0x80], "\u{fffd}\u{fffd}"), ([0], "\u{0}"),
        ] as [([UInt8], String)])
    func codePoints(bytes: [UInt8], expected: String) {
        var texts = Texts()
        texts.userAgent = bytes
        let object = FlatJSON(Array(text(.json, texts: texts).utf8.dropLast()))
        #expect(object?["user_agent"] == .text(expected))
    }

    @Test("long values are cut, never within an escape", arguments: HTTPLogFormat.allCases)
    func cuts(format: HTTPLogFormat) {
        for filler in [UInt8(ascii: "x"), 7, UInt8(ascii: "\""), 0xff] {
            for shift in 0..<6 {
                var texts = Texts()
                texts.target = [UInt8](repeating: UInt8(ascii: "/"), count: shift) + [UInt8](repeating: filler, count: 9_000)
                texts.userAgent = texts.target
                let line = bytes(format, texts: texts)
                expectSound(line, format)
                let text = String(decoding: line, as: UTF8.self)
                let (before, after) = format == .json ? ("\"uri\":\"", "\",\"status\"") : ("\"GET ", " HTTP/1.1\"")
                let target = text.split(separator: before)[1].split(separator: after)[0]
                // Six bytes are the longest escape of one byte.
                #expect((2_043...2_048).contains(target.utf8.count), "\(target.utf8.count) of \(filler)")
            }
        }
    }

    @Test("the longest line fits in the room that is promised", arguments: HTTPLogFormat.allCases)
    func longest(format: HTTPLogFormat) {
        let long = [UInt8](repeating: 1, count: 9_000)
        let texts = Texts(
            frontend: long, backend: long, server: long, serverAddress: long, method: long, target: long, host: long,
            referer: long, userAgent: long, requestID: long)
        let line = bytes(format, client: .ipv6(high: .max, low: .max, port: .max), texts: texts, room: 2 * HTTPLogLine.bytesMax)
        {
            ($0.acceptedUnixSeconds, $0.acceptedMilliseconds, $0.zoneOffsetSeconds) = (.min, .max, .min)
            ($0.status, $0.bytesIn, $0.bytesOut, $0.bodyBytesOut, $0.listenerPort) = (.max, .max, .max, .max, .max)
            ($0.requestNanoseconds, $0.queueNanoseconds, $0.connectNanoseconds) = (.max, .max, .max)
            ($0.headerNanoseconds, $0.totalNanoseconds) = (.max, .max)
            ($0.retries, $0.isRedispatched, $0.shard) = (.max, true, .max)
            ($0.processConnections, $0.frontendConnections, $0.backendConnections) = (.min, .min, .min)
            ($0.serverConnections, $0.serverQueue, $0.backendQueue) = (.min, .min, .min)
            ($0.wsCloseCode, $0.wsMessagesIn, $0.wsMessagesOut) = (.max, .max, .max)
            $0.reason = "a-reason-that-is-as-long-as-the-longest-that-anybody-would-want-"
        }
        #expect(line.count <= HTTPLogLine.bytesMax, "\(line.count)")
        expectSound(line, format)
    }

    @Test("any bytes in any field leave one sound line in the room", arguments: HTTPLogFormat.allCases)
    func anything(format: HTTPLogFormat) {
        var random = SeededGenerator(seed: 11)
        let fillers: [ClosedRange<UInt8>] = [0...255, 0...31, 0x20...0x7e, 0x80...0xff, 0x22...0x22, 0x5c...0x5c, 0xe0...0xf4]
        func some() -> [UInt8] {
            let filler = fillers.randomElement(using: &random)!
            let count = [0, 1, 3, 40, 600, 3_000].randomElement(using: &random)!
            return (0..<Int.random(in: 0...count, using: &random)).map { _ in .random(in: filler, using: &random) }
        }
        for _ in 0..<150 {
            let texts = Texts(
                frontend: some(), backend: some(), server: some(), serverAddress: some(), method: some(), target: some(),
                host: some(), referer: some(), userAgent: some(), requestID: some())
            expectSound(bytes(format, texts: texts), format)
            // With less room it is cut, and still one line.
            let room = Int.random(in: 1...HTTPLogLine.bytesMax, using: &random)
            let cut = bytes(format, texts: texts, room: room)
            #expect(cut.count <= room && cut.firstIndex(of: 10) == cut.count - 1)
        }
        #expect(bytes(format, room: 0).isEmpty)
    }

    /// One line of printable ASCII, whole, whose quotes stand in pairs.
    private func expectSound(_ line: [UInt8], _ format: HTTPLogFormat, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(line.last == 10, sourceLocation: sourceLocation)
        let text = line.dropLast()
        #expect(text.allSatisfy { (0x20...0x7e).contains($0) }, sourceLocation: sourceLocation)
        switch format {
        case .json:
            #expect(FlatJSON(Array(text))?.members.count == 29, sourceLocation: sourceLocation)
        case .combined, .vcombined, .common, .haproxy:
            let quoteCount = text.count { $0 == UInt8(ascii: "\"") }
            let expected = format == .combined || format == .vcombined ? 6...8 : 2...4
            #expect(expected.contains(quoteCount) && quoteCount % 2 == 0, sourceLocation: sourceLocation)
            #expect(text.last == UInt8(ascii: "\"") || format == .common, sourceLocation: sourceLocation)
        }
    }
}
