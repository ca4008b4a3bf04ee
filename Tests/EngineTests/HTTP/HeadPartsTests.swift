// The small parts of heads: bytes written behind one another, values found in lists, a client's address as text.

import Codecs
import Testing

@testable import Engine

@Suite("Parts of heads")
struct HeadPartsTests {
    private func written(_ room: Int, _ body: (inout HeadWriter) -> Void) -> (text: String, isWhole: Bool) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, room), alignment: 1)
        defer { memory.deallocate() }
        var writer = HeadWriter(UnsafeMutableRawBufferPointer(rebasing: memory[..<room]))
        body(&writer)
        return (String(decoding: writer.bytes, as: UTF8.self), writer.isWhole)
    }

    @Test("a number is written in plain digits", arguments: [0, 9, 10, 100, 18_446_744_073_709_551_615] as [UInt64])
    func decimal(value: UInt64) {
        #expect(written(20) { $0.append(decimal: value) } == ("\(value)", true))
    }

    @Test("what does not fit is left out whole, and said")
    func full() {
        #expect(written(5) { $0.append("abcde") } == ("abcde", true))
        #expect(written(5) { $0.append("abcdef") } == ("", false))
        let kept = written(5) { writer in
            writer.append("abc")
            writer.append("def")
            writer.append("gh")
        }
        #expect(kept == ("abcgh", false), "once something is missing, it stays said")
        #expect(written(0) { $0.append("") } == ("", true))
    }

    @Test("bytes may be written to the room directly")
    func room() {
        let text = written(8) { writer in
            writer.append("ab")
            #expect(writer.room.count == 6)
            writer.room.copyBytes(from: Array("cde".utf8))
            writer.wrote(3)
            writer.append("f")
        }
        #expect(text == ("abcdef", true))
    }

    @Test("a value is found by its whole name, the first one of several", arguments: [
        ("a=1", "a", "1"), ("a=1;b=2", "b", "2"), ("a=1; b=2", "b", "2"), ("a=1;   b=2;c", "b", "2"), ("b=1; b=2", "b", "1"),
        ("ab=1; b=2", "b", "2"), ("bc=1; b=2", "b", "2"), ("b; b=2", "b", "2"), ("a=b=3; b=2", "b", "2"), ("b=2=3", "b", "2=3"),
        ("b=", "b", ""), ("b=\"x y\"", "b", "\"x y\""), ("b=1 ;a", "b", "1 "), (";;b=1;", "b", "1"),
    ])
    func found(list: String, name: String, value: String) {
        #expect(find(name, list, ";") == value)
    }

    @Test("a value is not found where its name is not", arguments: ["", "b", "B=1", "ab=1", "b =1", "a=b", ";", "c=;b", "\tb=1"])
    func missing(list: String) {
        #expect(find("b", list, ";") == nil)
    }

    @Test("a query's parameters are told apart by their own separator")
    func query() {
        #expect(find("id", "x=1;id=2&id=3", "&") == "3")
        #expect(find("id", "id=%20a;b&x", "&") == "%20a;b")
    }

    private func find(_ name: String, _ list: String, _ separator: Unicode.Scalar) -> String? {
        name.withBytes { name in
            list.withBytes { list in
                RequestValue.find(name, in: list, separator: UInt8(ascii: separator)).map { String(decoding: $0, as: UTF8.self) }
            }
        }
    }

    @Test("a client's address is written without its port, an IPv4 one plainly however it came", arguments: [
        (PeerAddress.ipv4(host: 0, port: 1), "0.0.0.0"), (.ipv4(host: .max, port: 1), "255.255.255.255"), (.ipv6(high: 0, low: 1, port: 1), "::1"),
        (.ipv6(high: 0, low: 0xffff_7f00_0001, port: 1), "127.0.0.1"),
        (.ipv6(high: .max, low: .max, port: 1), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), (.unnamed, "unknown"),
    ])
    func client(address: PeerAddress, expected: String) {
        var text = ClientText(address)
        #expect(text.withBytes { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test("every ending has a name of its own; whoever is told of it, is told why", arguments: ExchangeEnding.allCases)
    func endings(ending: ExchangeEnding) {
        let names = ExchangeEnding.allCases.map { "\($0.name)" }
        #expect(names.count { $0 == "\(ending.name)" } == 1)
        #expect((ending.name.utf8CodeUnitCount == 0) == (ending == .finished))
        #expect((ending.reason.utf8CodeUnitCount == 0) == (ending == .finished || ending == .returned))
        #expect("\(ending.name)".allSatisfy { $0.isLowercase || $0 == "-" })
        #expect(!"\(ending.reason)".contains("\n"))
        #expect([0, 400, 403, 404, 408, 413, 426, 429, 502, 503, 504].contains(ending.status))
        if ending.status > 0 { #expect("\(StatusText.phrase(ending.status))" != "Error") }
    }

    @Test("every status that a refusal may have has its words", arguments: Rejection.allCases)
    func phrases(rejection: Rejection) {
        #expect("\(StatusText.phrase(rejection.status))" != "Error", "\(rejection.status)")
    }
}
