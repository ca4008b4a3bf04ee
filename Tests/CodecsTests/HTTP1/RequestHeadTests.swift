// Requests: what is read, what is refused, and that neither depends on how the bytes come.

import Codecs
import Testing

@Suite("A request's head")
struct RequestHeadTests {
    @Test("is read", arguments: RequestTables.accepted.indices)
    func accepted(index: Int) {
        let expected = RequestTables.accepted[index]
        let read = ReadRequest(expected.text)
        #expect(read.outcome == .complete, "\(expected.text)")
        guard read.outcome == .complete else { return }
        let head = read.head
        #expect(head.byteCount == read.bytes.count)
        #expect(head.method == expected.method && head.form == expected.form && head.minorVersion == expected.minorVersion)
        #expect(read.text(head.path) == expected.path && read.text(head.query) == expected.query)
        #expect(read.text(head.authority) == expected.authority && head.isSecureScheme == expected.isSecure)
        #expect(head.framing == expected.framing && head.facts == expected.facts, "\(expected.text)")
        #expect(read.fields.filter(\.isDropped).map(\.name) == expected.dropped, "\(expected.text)")
    }

    @Test("is read the same whatever follows it, and is partial wherever it is cut", arguments: RequestTables.accepted.indices)
    func cut(index: Int) {
        let read = ReadRequest(RequestTables.accepted[index].text)
        for rest in ["GET / HTTP/1.1\r\n", "\r\n\r\n", "\n", " folded", "\0"] {
            let longer = ReadRequest(read.bytes + Array(rest.utf8))
            #expect(longer.outcome == .complete && longer.head.byteCount == read.bytes.count && longer.fields == read.fields)
        }
        for count in 0..<read.bytes.count {
            let outcome = ReadRequest(Array(read.bytes[..<count])).outcome
            #expect(outcome == .partial, "\(count) bytes of \(RequestTables.accepted[index].text)")
        }
    }

    @Test("is refused, with the same reason however much of it has come", arguments: RefusedRequests.all.indices)
    func refused(index: Int) {
        let (text, rejection) = RefusedRequests.all[index]
        let bytes = latin1(text)
        #expect(ReadRequest(bytes).outcome == .rejected(rejection), "\(text)")
        #expect(ReadRequest(bytes + Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)).outcome == .rejected(rejection), "\(text)")
        var hasFallen = false
        for count in 0..<bytes.count {
            switch ReadRequest(Array(bytes[..<count])).outcome {
            case .complete: Issue.record("\(count) bytes of \(text) are a head")
            case .partial: #expect(!hasFallen, "\(count) bytes of \(text) are better than fewer")
            case .rejected(let early):
                hasFallen = true
                #expect(early == rejection, "\(count) bytes of \(text)")
            }
        }
    }

    @Test("there are as many examples as were promised")
    func counts() {
        #expect(RequestTables.accepted.count + RefusedRequests.all.count >= 240)
    }

    @Test("its places are those of the text")
    func places() {
        let read = ReadRequest("\r\nPATCH http://b:1/c/d?e=f HTTP/1.1\r\nHost:  a\t\r\nEmpty:\r\nX-Y:z \r\n\r\nrest")
        #expect(read.outcome == .complete && read.head.byteCount == read.bytes.count - 4)
        #expect(read.text(read.head.methodText) == "PATCH" && read.text(read.head.target) == "http://b:1/c/d?e=f")
        #expect(read.text(read.head.pathAndQuery) == "/c/d?e=f")
        #expect(
            read.fields == [
                ReadField(name: "Host", value: "a", known: .host, isDropped: false),
                ReadField(name: "Empty", value: "", known: .other, isDropped: false),
                ReadField(name: "X-Y", value: "z", known: .other, isDropped: false),
            ])
    }

    @Test(
        "what is forwarded is the target without its authority",
        arguments: [
            ("/a?b", "/a?b"), ("/", "/"), ("http://b", ""), ("http://b/", "/"), ("http://b/c?d", "/c?d"), ("http://b?d", "?d"),
        ])
    func forwarded(target: String, pathAndQuery: String) {
        let read = ReadRequest("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(read.text(read.head.pathAndQuery) == pathAndQuery)
    }

    @Test("what had been read before a fault is there for the log")
    func beforeTheFault() {
        let read = ReadRequest("POST /a?b HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n")
        #expect(read.outcome == .rejected(.blankBeforeColon) && read.head.method == .post)
        #expect(read.text(read.head.target) == "/a?b")
    }

    @Test("methods know whether they may be sent again")
    func methods() {
        #expect(Method.allCases.filter(\.isSafe) == [.get, .head, .options, .trace])
        #expect(Method.allCases.filter(\.isIdempotent) == [.get, .head, .put, .delete, .options, .trace])
    }
}
