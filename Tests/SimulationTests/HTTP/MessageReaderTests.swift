// The strict reader that judges: the same events however the bytes are cut, and faults where there are any.

import Testing

@Suite struct MessageReaderTests {
    /// What a reader makes of a text that comes in two pieces, or byte by byte.
    private func read(_ text: String, _ kind: MessageReader.Kind, cutAt cut: Int?, isBodyless: Bool = false) -> String {
        let reader = MessageReader(kind)
        reader.isBodyless = isBodyless
        var events: [String] = []
        var body: [UInt8] = []
        func note(_ event: MessageReader.Event) {
            switch event {
            case .head(let head):
                events.append(
                    kind == .requests ? "\(head.method) \(head.target) \(reader.framing)" : "\(head.status) \(reader.framing)")
            case .body(let bytes): body += bytes
            case .end(let trailers):
                events.append("\(String(decoding: body, as: UTF8.self))|\(trailers.map { "\($0.name)=\($0.value)" }.joined())")
                body = []
            case .fault: events.append("fault")
            }
        }
        let bytes = Array(text.utf8)
        let pieces = cut.map { [bytes[..<$0], bytes[$0...]] } ?? bytes.map { [$0][...] }
        for piece in pieces { Array(piece).withUnsafeBufferPointer { reader.read($0, note) } }
        events.append(reader.finish(note) ? "clean" : "cut")
        return events.joined(separator: " / ")
    }

    private func check(_ text: String, _ kind: MessageReader.Kind, _ wanted: String, isBodyless: Bool = false) {
        for cut in 0...text.utf8.count {
            #expect(read(text, kind, cutAt: cut, isBodyless: isBodyless) == wanted, "\(text) at \(cut)")
        }
        #expect(read(text, kind, cutAt: nil, isBodyless: isBodyless) == wanted, "\(text) byte by byte")
    }

    @Test("requests are the same in any pieces") func requests() {
        check("GET / HTTP/1.1\r\nHost: a\r\n\r\n", .requests, "GET / none / | / clean")
        check(
            "PUT /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n", .requests,
            "PUT /a length(3) / abc| / GET /b none / | / clean")
        check(
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n02\r\nde\r\n0\r\nT: 1\r\n\r\n", .requests,
            "POST / chunked / abcde|t=1 / clean")
        check("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", .requests, "POST / length(3) / cut")
    }

    @Test("responses are the same in any pieces") func responses() {
        check("HTTP/1.1 200 OK\r\n\r\nabc", .responses, "200 untilClose / abc| / clean")
        check("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 204 None\r\n\r\n", .responses, "103 none / 204 none / | / clean")
        check("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", .responses, "200 none / | / clean", isBodyless: true)
        check("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", .responses, "200 length(7) / cut")
        check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", .responses, "200 chunked / cut")
    }

    @Test(
        "what is ambiguous is a fault",
        arguments: [
            "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "\r\nGET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nA : b\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1\nA: b\r\n\r\n", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\0\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n",
        ])
    func faults(text: String) {
        #expect(read(text, .requests, cutAt: text.utf8.count).contains("fault"))
        #expect(read(text, .requests, cutAt: nil).contains("fault"))
    }
}
