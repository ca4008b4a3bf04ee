// Log lines in the operator's own format: what a template may say, and what no client can do to its lines.

import Codecs
import Testing

@Suite("log template")
struct LogTemplateTests {
    /// The line of an exchange with something in every field.
    private func line(
        _ text: String, client: HTTPLogLine.Client = .ipv4(host: 0x0a00_0102, port: 33317), value: [UInt8]? = nil,
        fields: [String] = [], room: Int? = nil, _ change: (inout HTTPLogLine) -> Void = { _ in }
    ) throws -> [UInt8] {
        let parts = try LogTemplateText(text, processID: 4711, hostName: "box\n1")
        let template = LogTemplate(parts)
        defer { template.destroy() }
        let texts =
            [
                "edge", "web", "a", "10.0.0.1:8000", "GET", "/a%20b?c=d", "WWW.Example.org:8080", "http://x/", "curl/8", "id1",
            ].map { value ?? Array($0.utf8) } + [fields.flatMap { Array($0.utf8) }]
        return withGuarded(texts[...]) { places in
            var line = HTTPLogLine(client: client)
            (line.frontend, line.backend, line.server, line.serverAddress) = (places[0], places[1], places[2], places[3])
            (line.method, line.target, line.host) = (places[4], places[5], places[6])
            (line.referer, line.userAgent, line.requestID) = (places[7], places[8], places[9])
            line.fieldTexts = places[10]
            for (index, field) in fields.enumerated() { line.fieldCounts[index] = UInt16(field.utf8.count) }
            (line.acceptedUnixSeconds, line.acceptedMilliseconds, line.zoneOffsetSeconds) = (1_795_176_000, 993, 5_400)
            (line.listenerPort, line.status, line.bytesIn, line.bytesOut, line.bodyBytesOut) = (80, 200, 77, 900, 612)
            (line.queueNanoseconds, line.connectNanoseconds, line.serverStatus) = (1_500_000, 2_000_000, 200)
            (line.headerNanoseconds, line.totalNanoseconds) = (30_000_999, 5_007_000_000)
            (line.serverNanoseconds, line.retries) = (5_004_999_999, 2)
            change(&line)
            let bytes = room ?? parts.lineBytesMax
            return withGuardedBuffer(byteCount: bytes) { Array($0[..<line.write(template, into: $0)]) }
        }
    }

    /// Runs `body` with each text at the end of readable memory.
    private func withGuarded<Answer>(
        _ texts: ArraySlice<[UInt8]>, _ places: [UnsafeRawBufferPointer] = [], _ body: ([UnsafeRawBufferPointer]) -> Answer
    ) -> Answer {
        guard let text = texts.first else { return body(places) }
        return withGuardedBuffer(byteCount: text.count) { buffer in
            buffer.copyBytes(from: text)
            return withGuarded(texts.dropFirst(), places + [UnsafeRawBufferPointer(buffer)], body)
        }
    }

    private func text(
        _ text: String, client: HTTPLogLine.Client = .ipv4(host: 0x0a00_0102, port: 33317), value: [UInt8]? = nil,
        fields: [String] = [], _ change: (inout HTTPLogLine) -> Void = { _ in }
    ) throws -> String {
        let line = try line(text, client: client, value: value, fields: fields, change)
        #expect(line.last == 10)
        return String(decoding: line.dropLast(), as: UTF8.self)
    }

    @Test("nginx's own combined format is written as nginx does")
    func combined() throws {
        let template =
            #"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "#
            + #""$http_user_agent""#
        let expected = #"10.0.1.2 - - [20/Nov/2026:13:30:06 +0130] "GET /a%20b?c=d HTTP/1.1" 200 612 "http://x/" "curl/8""#
        #expect(try text(template) == expected)
    }

    @Test(
        "each variable has its meaning",
        arguments: [
            ("remote_port", "33317"), ("time_iso8601", "2026-11-20T13:30:06+01:30"), ("msec", "1795176006.000"),
            ("request_method", "GET"), ("request_uri", "/a%20b?c=d"), ("uri", "/a b"), ("args", "c=d"),
            ("query_string", "c=d"), ("server_protocol", "HTTP/1.1"), ("bytes_sent", "900"), ("request_length", "77"),
            ("request_time", "5.007"), ("upstream_addr", "10.0.0.1:8000"), ("upstream_status", "200"),
            ("upstream_connect_time", "0.002"), ("upstream_header_time", "0.032"), ("upstream_response_time", "5.004"),
            ("http_host", "WWW.Example.org:8080"), ("host", "www.example.org"), ("request_id", "id1"),
            ("server_name", "edge"), ("server_port", "80"), ("backend", "web"), ("server", "a"), ("retries", "2"),
            ("term", "--"), ("reason", "-"), ("queue_time", "0.001"), ("ws_close_code", "-"), ("ws_msgs_in", "-"),
            ("ws_msgs_out", "-"), ("pid", "4711"), ("hostname", "box1"), ("remote_addr", "10.0.1.2"), ("remote_user", "-"),
            ("time_local", "20/Nov/2026:13:30:06 +0130"), ("request", "GET /a%20b?c=d HTTP/1.1"), ("status", "200"),
            ("body_bytes_sent", "612"), ("http_referer", "http://x/"), ("http_user_agent", "curl/8"),
        ])
    func variables(name: String, expected: String) throws {
        #expect(LogTemplate.names.contains(name))
        #expect(try text("$\(name)") == expected)
        #expect(try text("<${\(name.uppercased())}>") == "<\(expected)>")
    }

    @Test(
        "the path is as routes compare it, and what is decoded is escaped like the rest",
        arguments: [
            ("/a/../b//%41?x=/../", "/b/A"), ("/%0a%22", #"/\x0A\x22"#), ("*", "*"), ("/", "/"), ("?", "-"), ("/a%2", "/a%2"),
        ])
    func path(target: String, expected: String) throws { #expect(try text("$uri", value: Array(target.utf8)) == expected) }

    @Test("every variable is in the table above")
    func names() { #expect(LogTemplate.names.count == 41 && Set(LogTemplate.names).count == 41) }

    @Test("what there is nothing of is a dash, and no answer has status 000", arguments: LogTemplate.names)
    func nothing(name: String) throws {
        let line = try text("$\(name)", client: .unix(listenerNumber: 1), value: []) {
            ($0.queueNanoseconds, $0.connectNanoseconds, $0.headerNanoseconds, $0.serverNanoseconds) = (-1, -1, -1, -1)
            ($0.status, $0.serverStatus, $0.listenerPort, $0.retries) = (0, 0, 0, 0)
        }
        let known = [
            "remote_addr": "unix:", "time_local": "20/Nov/2026:13:30:06 +0130", "time_iso8601": "2026-11-20T13:30:06+01:30",
            "msec": "1795176006.000", "status": "000", "body_bytes_sent": "612", "bytes_sent": "900", "request_length": "77",
            "request_time": "5.007", "retries": "0", "term": "--", "pid": "4711", "hostname": "box1",
        ]
        #expect(line == known[name] ?? "-")
    }

    @Test("a WebSocket's close code and messages")
    func webSocket() throws {
        let line = try text("$ws_close_code $ws_msgs_in $ws_msgs_out") {
            ($0.wsCloseCode, $0.wsMessagesIn, $0.wsMessagesOut) = (1012, 0, .max)
        }
        #expect(line == "1012 0 18446744073709551615")
    }

    @Test("text stands for itself, a double dollar for one, and names end where they end")
    func literals() throws {
        #expect(try text("a\tb {$status}{} $$status ${status}00 $status-$status.é") == "a\tb {200}{} $status 20000 200-200.é")
        #expect(try text("$$$$") == "$$")
        #expect(try text("") == "")
    }

    @Test("other fields of the request by their names, each kept once")
    func fields() throws {
        let template = "$http_x_a|$http_cookie|${http_X_A}|$http_x_none|$http_2"
        let parts = try LogTemplateText(template)
        #expect(parts.fieldNames == ["x-a", "cookie", "x-none", "2"])
        #expect(try text(template, fields: ["one", "k=\"v\"", "", "two"]) == #"one|k=\x22v\x22|one|-|two"#)
    }

    @Test("counts of fields beyond their texts are no fields")
    func fieldCounts() throws {
        let line = try text("$http_a|$http_b", fields: ["abc", "d"]) { $0.fieldCounts[1] = 2 }
        #expect(line == "abc|-")
    }

    @Test(
        "what is wrong is said with its place",
        arguments: [
            ("$status $remote_adr", 8, .unknownVariable("remote_adr")), ("é$Http_", 2, .unknownVariable("http_")),
            ("$", 0, .nameMissing), ("a$ b", 1, .nameMissing), ("${}", 0, .nameMissing), ("$-", 0, .nameMissing),
            ("x${status", 1, .braceUnclosed), ("${status }", 0, .braceUnclosed), ("${", 0, .braceUnclosed),
            ("$status\n", 7, .controlByte), ("\u{7f}", 0, .controlByte), ("\u{0}", 0, .controlByte),
            ("a\u{1b}[2J", 1, .controlByte),
            ((0...8).map { "$http_x\($0)" }.joined(), 64, .tooManyFields),
        ] as [(String, Int, LogTemplateFault.Problem)])
    func faults(text: String, offset: Int, problem: LogTemplateFault.Problem) {
        let fault = LogTemplate.fault(in: text)
        #expect(fault?.offset == offset && fault?.problem == problem, "\(String(describing: fault))")
    }

    @Test("eight different fields are the most, however often each is written")
    func fieldsMax() {
        let all = (0..<8).map { "$http_x\($0)" }.joined()
        #expect(LogTemplate.fault(in: all + all) == nil)
    }

    @Test("a line may have 65,536 bytes at the most, its newline included")
    func lineMax() throws {
        let longest = String(repeating: "x", count: LogTemplate.lineBytesMax - 1)
        #expect(LogTemplate.fault(in: longest) == nil)
        #expect(LogTemplate.fault(in: longest + "x")?.problem == .lineTooLong)
        let many = String(repeating: "$request_uri", count: 32)
        #expect(LogTemplate.fault(in: many)?.problem == .lineTooLong)
        #expect(LogTemplate.fault(in: String(many.dropLast("$request_uri".count))) == nil)
        #expect(try line(longest).count == LogTemplate.lineBytesMax)
    }

    @Test("each variable stays within its bytes, which long values reach", arguments: LogTemplate.names + ["http_x"])
    func longest(name: String) throws {
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 9_000)
        let parts = try LogTemplateText("$\(name)", processID: .min, hostName: "h")
        for filler in [UInt8(ascii: "x"), 1, UInt8(ascii: "?"), UInt8(ascii: "A"), 0xff] {
            let value = filler == UInt8(ascii: "?") ? [filler] + long : long.map { _ in filler }
            let written = try line(
                "$\(name)", client: .ipv6(high: .max, low: .max, port: .max), value: value,
                fields: [String(repeating: "\u{1}", count: 9_000)], room: 20_000
            ) {
                ($0.acceptedUnixSeconds, $0.acceptedMilliseconds, $0.zoneOffsetSeconds) = (.min, .max, .min)
                ($0.status, $0.bytesIn, $0.bytesOut, $0.bodyBytesOut, $0.listenerPort) = (.max, .max, .max, .max, .max)
                ($0.queueNanoseconds, $0.connectNanoseconds, $0.headerNanoseconds) = (.max, .max, .max)
                ($0.totalNanoseconds, $0.serverNanoseconds, $0.serverStatus, $0.retries) = (.max, .max, .max, .max)
                ($0.wsCloseCode, $0.wsMessagesIn, $0.wsMessagesOut) = (.max, .max, .max)
                $0.reason = "a-reason-that-is-as-long-as-the-longest-that-anybody-would-want-"
            }
            // The pid of a text is the template's own.
            #expect(written.count <= max(parts.lineBytesMax, 6), "\(written.count) of \(parts.lineBytesMax)")
        }
        let texts = ["request_uri": 2_048, "args": 2_048, "uri": 2_048, "http_referer": 1_024, "http_host": 256, "host": 256]
        if let bytes = texts[name] {
            let value = name == "args" ? [UInt8(ascii: "?")] + long : long
            #expect(try line("$\(name)", value: value).count == bytes + 1)
            #expect(try line("$\(name)", value: value.map { $0 == UInt8(ascii: "x") ? 7 : $0 }).count == bytes + 1)
        }
    }

    @Test("any bytes in any field leave one printable line in the room")
    func anything() throws {
        var random = SeededGenerator(seed: 12)
        let fillers: [ClosedRange<UInt8>] = [0...255, 0...31, 0x20...0x7e, 0x80...0xff, 0x22...0x22, 0x5c...0x5c, 0x3a...0x3f]
        let names = LogTemplate.names + ["http_x", "http_y"]
        for _ in 0..<200 {
            let template = (0..<12).map { _ in "$" + names.randomElement(using: &random)! }.joined(separator: " \"")
            let filler = fillers.randomElement(using: &random)!
            let count = Int.random(in: 0...[1, 3, 40, 600, 3_000].randomElement(using: &random)!, using: &random)
            let value = (0..<count).map { _ in UInt8.random(in: filler, using: &random) }
            let whole = try line(template, value: value, fields: ["\u{1b}[1m", "ü"])
            #expect(whole.last == 10 && whole.dropLast().allSatisfy { 0x20...0x7e ~= $0 })
            // With less room it is cut, and still one line.
            let room = Int.random(in: 1...(whole.count + 1), using: &random)
            let cut = try line(template, value: value, fields: ["\u{1b}[1m", "ü"], room: room)
            #expect(cut.count <= room && cut.firstIndex(of: 10) == cut.count - 1)
        }
        #expect(try line("$status", room: 0).isEmpty)
    }
}
