// Responses: what is read, what is refused, and that neither depends on how the bytes come.

import Codecs
import Testing

@Suite("A response's head")
struct ResponseHeadTests {
    @Test("is read", arguments: ResponseTables.accepted.indices)
    func accepted(index: Int) {
        let expected = ResponseTables.accepted[index]
        let read = ReadResponse(expected.text, to: expected.method)
        #expect(read.outcome == .complete, "\(expected.text)")
        guard read.outcome == .complete else { return }
        #expect(read.head.byteCount == read.bytes.count && read.head.status == expected.status)
        #expect(read.text(read.head.reason) == expected.reason && read.head.minorVersion == expected.minorVersion)
        #expect(read.head.framing == expected.framing && read.head.facts == expected.facts, "\(expected.text)")
        #expect(read.fields.filter(\.isDropped).map(\.name) == expected.dropped, "\(expected.text)")
        #expect(read.head.keepAliveSeconds == expected.keepAliveSeconds, "\(expected.text)")
    }

    @Test("is read the same whatever follows it, and is partial wherever it is cut", arguments: ResponseTables.accepted.indices)
    func cut(index: Int) {
        let example = ResponseTables.accepted[index]
        let read = ReadResponse(example.text, to: example.method)
        for rest in ["HTTP/1.1 200 OK\r\n", "\r\n\r\n", "\n", "\0"] {
            let longer = ReadResponse(read.bytes + Array(rest.utf8), to: example.method)
            #expect(longer.outcome == .complete && longer.head.byteCount == read.bytes.count && longer.fields == read.fields)
        }
        for count in 0..<read.bytes.count {
            #expect(
                ReadResponse(Array(read.bytes[..<count]), to: example.method).outcome == .partial, "\(count) of \(example.text)"
            )
        }
    }

    @Test("is refused, with the same reason however much of it has come", arguments: ResponseTables.refused.indices)
    func refused(index: Int) {
        let (text, rejection) = ResponseTables.refused[index]
        let bytes = latin1(text)
        for rest in ["", "HTTP/1.1 200 OK\r\n\r\n"] {
            #expect(ReadResponse(bytes + Array(rest.utf8)).outcome == .rejected(rejection), "\(text)")
        }
        var hasFallen = false
        for count in 0..<bytes.count {
            switch ReadResponse(Array(bytes[..<count])).outcome {
            case .complete: Issue.record("\(count) bytes of \(text) are a head")
            case .partial: #expect(!hasFallen, "\(count) bytes of \(text) are better than fewer")
            case .rejected(let early):
                hasFallen = true
                #expect(early == rejection, "\(count) bytes of \(text)")
            }
        }
    }

    @Test("faults of framing are found whatever was asked", arguments: Method.allCases)
    func anyMethod(method: Method) {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(ReadResponse(text, to: method).outcome == .rejected(.lengthAndCoding))
    }

    @Test("there are as many examples as were promised")
    func counts() {
        #expect(ResponseTables.accepted.count + ResponseTables.refused.count >= 100)
    }
}
