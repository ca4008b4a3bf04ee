// Writes a planned request as the bytes that its client sends.

struct RequestText {
    private(set) var head: [UInt8] = []
    private(set) var body: [UInt8] = []

    static let host = "example.test"

    /// The target as a server must see it.
    static func target(_ plan: RequestPlan, id: Int) -> String { plan.form == .asterisk ? "*" : "/\(id)?q=\(id)" }

    static func trailer(id: Int) -> String { "trailer-\(id)" }

    /// The stream of which a request's body is the beginning.
    static func stream(id: Int) -> Int { 1_000_000 + id }

    init(_ plan: RequestPlan, id: Int, _ chance: inout Chance) {
        if plan.hasEmptyLineBefore { head += [13, 10] }
        put("\(plan.method) \(target(plan, id)) \(plan.flaw == .laterVersion ? "HTTP/2.0" : "HTTP/1.\(plan.minorVersion)")")
        putHost(plan)
        put("X-Id: \(id)")
        putConnection(plan)
        if plan.expectation != .none { put("Expect: 100-continue") }
        if plan.hasTrailers { put("Trailer: X-Trailer") }
        if plan.paddingBytes > 0 { put("X-Padding: \(String(repeating: "p", count: plan.paddingBytes))") }
        putFraming(plan)
        putFlaw(plan)
        head += [13, 10]
        putBody(plan, id, &chance)
    }

    private mutating func put(_ line: String) { head += Array("\(line)\r\n".utf8) }

    private func target(_ plan: RequestPlan, _ id: Int) -> String {
        if plan.flaw == .connect { return "\(Self.host):443" }
        if plan.flaw == .longLine { return "/\(id)?q=\(String(repeating: "x", count: 9_000))" }
        let target = Self.target(plan, id: id)
        return plan.form == .absolute ? "http://\(Self.host)\(target)" : target
    }

    private mutating func putHost(_ plan: RequestPlan) {
        switch plan.flaw {
        case .noHost: break
        case .twoHosts:
            put("Host: \(Self.host)")
            put("Host: other.test")
        case .hostWithUser: put("Host: user@\(Self.host)")
        // In absolute form the target's authority is the one that counts.
        default: put("Host: \(plan.form == .absolute ? "ignored.test" : Self.host)")
        }
    }

    private mutating func putConnection(_ plan: RequestPlan) {
        var options: [String] = []
        if plan.closes { options.append("close") }
        if plan.minorVersion == 0, plan.keepsAlive { options.append("keep-alive") }
        if plan.hasHopFields {
            options += ["X-Hop", "Upgrade", "HTTP2-Settings", "TE"]
            put("X-Hop: secret")
            put("Upgrade: h2c")
            put("HTTP2-Settings: AAMAAABkAAQAAP__")
            put("TE: trailers")
            put("Keep-Alive: timeout=5")
            put("Proxy-Connection: keep-alive")
        }
        if !options.isEmpty { put("Connection: \(options.joined(separator: ", "))") }
    }

    private mutating func putFraming(_ plan: RequestPlan) {
        switch plan.body {
        case .none: break
        case .length(let count): put("Content-Length: \(count)")
        case .chunked: put("Transfer-Encoding: chunked")
        }
    }

    private mutating func putFlaw(_ plan: RequestPlan) {
        switch plan.flaw {
        case .lengthAndCoding:
            put("Content-Length: 5")
            put("Transfer-Encoding: chunked")
        case .signedLength: put("Content-Length: +5")
        case .repeatedLength:
            put("Content-Length: 5")
            put("Content-Length: 6")
        case .doubledCoding:
            put("Transfer-Encoding: chunked")
            put("Transfer-Encoding: chunked")
        case .unknownCoding: put("Transfer-Encoding: gzip, chunked")
        case .codingInOldVersion: put("Transfer-Encoding: chunked")
        case .spaceBeforeColon: put("X-Space : 1")
        case .bareLineFeed: head += Array("X-Line: 1\n".utf8)
        case .bareReturn: put("X-Return: a\rb")
        case .foldedLine:
            put("X-Folded: a")
            put(" b")
        case .zeroByte: put("X-Zero: a\0b")
        case .manyFields: for index in 0..<120 { put("X-Many-\(index): 1") }
        case .longHead: for index in 0..<10 { put("X-Long-\(index): \(String(repeating: "l", count: 5_000))") }
        case .noHost, .twoHosts, .hostWithUser, .laterVersion, .connect, .longLine, .chunkSize, .chunkEnd, .trailer, nil: break
        }
    }

    private mutating func putBody(_ plan: RequestPlan, _ id: Int, _ chance: inout Chance) {
        guard case .chunked(let count) = plan.body else {
            body = BodyText.bytes(Self.stream(id: id), offset: 0, count: plan.body.count)
            return
        }
        var writer = BodyText()
        writer.put(chunksOf: count, Self.stream(id: id), atMost: plan.chunkBytesMax, hasExtensions: plan.hasExtensions, &chance)
        switch plan.flaw {
        case .chunkSize: writer.put("0x5\r\nhello\r\n")
        case .chunkEnd: writer.put("3\r\nhello\r\n")
        default: break
        }
        writer.put("0\r\n")
        if plan.flaw == .trailer { writer.put("Content-Length: 7\r\n") }
        if plan.hasTrailers { writer.put("X-Trailer: \(Self.trailer(id: id))\r\n") }
        writer.put("\r\n")
        body = writer.bytes
    }
}
