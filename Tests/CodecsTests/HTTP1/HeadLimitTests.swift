// The limits of a head: the last size that is allowed, and the first that is not.

import Codecs
import Testing

@Suite("The limits of a head")
struct HeadLimitTests {
    /// Every bound small, so that every prefix can be tried.
    private static let small = HeadLimits(requestLineBytesMax: 40, fieldsMax: 3, fieldBytesMax: 30, headBytesMax: 120)

    private static func check(
        _ text: String, _ expected: HeadOutcome, limits: HeadLimits = small, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let bytes = latin1(text)
        #expect(ReadRequest(bytes, limits: limits).outcome == expected, sourceLocation: sourceLocation)
        for count in 0..<bytes.count {
            let outcome = ReadRequest(Array(bytes[..<count]), limits: limits).outcome
            #expect(
                outcome == .partial || outcome == expected && expected != .complete, "\(count)", sourceLocation: sourceLocation)
        }
    }

    private static func repeated(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test(
        "a request line",
        arguments: [("GET /", " HTTP/1.1"), ("GET /?", " HTTP/1.1"), ("", " / HTTP/1.1"), ("GET http://a/", " HTTP/1.1")])
    func requestLine(start: String, end: String) {
        let room = 40 - start.utf8.count - end.utf8.count
        let rest = "\r\nHost: a\r\n\r\n"
        Self.check(start + Self.repeated(room) + end + rest, .complete)
        Self.check("\r\n" + start + Self.repeated(room) + end + rest, .complete)
        Self.check(start + Self.repeated(room + 1) + end + rest, .rejected(.requestLineTooLong))
        Self.check(start + Self.repeated(60), .rejected(.requestLineTooLong))
    }

    @Test("a line that is too long and malformed is one of the two, however it comes")
    func tooLongAndMalformed() {
        Self.check("GET /" + Self.repeated(36) + "\u{1}", .rejected(.requestLineTooLong))
        Self.check("GET /" + Self.repeated(35) + "\u{1}", .rejected(.targetMalformed))
        Self.check("GET / HTTP/1.1\r\nHost: a\r\nA: " + Self.repeated(28) + "\u{1}", .rejected(.fieldTooLong))
        Self.check("GET / HTTP/1.1\r\nHost: a\r\nA: " + Self.repeated(27) + "\u{1}", .rejected(.fieldValueMalformed))
    }

    @Test("a field line, its white space included", arguments: ["A: ", "A:", "A: \t   ", "Longer-Name: "])
    func field(start: String) {
        let head = "GET / HTTP/1.1\r\nHost: a\r\n"
        let room = 30 - start.utf8.count
        Self.check(head + start + Self.repeated(room) + "\r\n\r\n", .complete)
        Self.check(head + start + Self.repeated(room - 1) + " \r\n\r\n", .complete)
        Self.check(head + start + Self.repeated(room + 1) + "\r\n\r\n", .rejected(.fieldTooLong))
        Self.check(head + start + Self.repeated(room) + " \r\n\r\n", .rejected(.fieldTooLong))
        Self.check(head + start + String(repeating: " ", count: 40), .rejected(.fieldTooLong))
        Self.check(head + Self.repeated(31), .rejected(.fieldTooLong))
        Self.check(head + Self.repeated(29) + ":\r\n\r\n", .complete)
        Self.check(head + Self.repeated(30) + ":\r\n\r\n", .rejected(.fieldTooLong))
    }

    @Test("the number of fields")
    func fields() {
        let head = "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nA: c\r\n"
        Self.check(head + "\r\n", .complete)
        Self.check(head + "A: d\r\n\r\n", .rejected(.tooManyFields))
        Self.check(head + " d\r\n\r\n", .rejected(.tooManyFields))
        Self.check("GET / HTTP/1.0\r\n\r\n", .complete, limits: HeadLimits(fieldsMax: 0))
        Self.check("GET / HTTP/1.0\r\nA: b\r\n\r\n", .rejected(.tooManyFields), limits: HeadLimits(fieldsMax: 0))
    }

    @Test("the whole head")
    func head() {
        let text = "GET / HTTP/1.1\r\nHost: a\r\nA: bcd\r\n\r\n"
        let count = text.utf8.count
        Self.check(text, .complete, limits: HeadLimits(headBytesMax: count))
        Self.check(text, .rejected(.headTooLong), limits: HeadLimits(headBytesMax: count - 1))
        for bytesMax in 0..<count { Self.check(text, .rejected(.headTooLong), limits: HeadLimits(headBytesMax: bytesMax)) }
        #expect(ReadRequest(text + "GET / HTTP/1.1", limits: HeadLimits(headBytesMax: count)).outcome == .complete)
    }

    @Test("the limits that users have by default")
    func defaults() {
        let rest = " HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(ReadRequest("GET /" + Self.repeated(8_190 - 14) + rest).outcome == .complete)
        #expect(ReadRequest("GET /" + Self.repeated(8_191 - 14) + rest).outcome == .rejected(.requestLineTooLong))
        let head = "GET / HTTP/1.1\r\nHost: a\r\n"
        #expect(ReadRequest(head + "A: " + Self.repeated(8_187) + "\r\n\r\n").outcome == .complete)
        #expect(ReadRequest(head + "A: " + Self.repeated(8_188) + "\r\n\r\n").outcome == .rejected(.fieldTooLong))
        let line = "A: b\r\n"
        #expect(ReadRequest(head + String(repeating: line, count: 99) + "\r\n").outcome == .complete)
        #expect(ReadRequest(head + String(repeating: line, count: 100) + "\r\n").outcome == .rejected(.tooManyFields))
        let large = String(repeating: "A: " + Self.repeated(8_000) + "\r\n", count: 4)
        let room = 32_768 - head.utf8.count - large.utf8.count - 7
        #expect(ReadRequest(head + large + "A: " + Self.repeated(room) + "\r\n\r\n").outcome == .complete)
        #expect(ReadRequest(head + large + "A: " + Self.repeated(room + 1) + "\r\n\r\n").outcome == .rejected(.headTooLong))
    }

    @Test("a name that no field can hold is too long, whatever the limits say")
    func longName() {
        let limits = HeadLimits(fieldBytesMax: 100_000, headBytesMax: 200_000)
        let head = "GET / HTTP/1.1\r\nHost: a\r\n"
        #expect(ReadRequest(head + Self.repeated(65_535) + ": b\r\n\r\n", limits: limits).outcome == .complete)
        #expect(ReadRequest(head + Self.repeated(65_536) + ": b\r\n\r\n", limits: limits).outcome == .rejected(.fieldTooLong))
    }

    @Test("a response has them too")
    func response() {
        let limits = HeadLimits(requestLineBytesMax: 20, fieldsMax: 1, fieldBytesMax: 10, headBytesMax: 60)
        func outcome(_ text: String) -> HeadOutcome { ReadResponse(text, limits: limits).outcome }
        #expect(outcome("HTTP/1.1 200 " + Self.repeated(7) + "\r\n\r\n") == .complete)
        #expect(outcome("HTTP/1.1 200 " + Self.repeated(8) + "\r\n\r\n") == .rejected(.headTooLong))
        #expect(outcome("HTTP/1.1 200 OK\r\nA: 4567890\r\n\r\n") == .complete)
        #expect(outcome("HTTP/1.1 200 OK\r\nA: 45678901\r\n\r\n") == .rejected(.fieldTooLong))
        #expect(outcome("HTTP/1.1 200 OK\r\nA: b\r\nA: b\r\n\r\n") == .rejected(.tooManyFields))
        #expect(outcome("HTTP/1.1 200 OK\r\n") == .partial)
    }
}
