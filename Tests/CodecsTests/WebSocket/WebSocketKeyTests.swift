// Keys and their answers, and the hash below them.

import Testing

@testable import Codecs

@Suite("A WebSocket's key")
struct WebSocketKeyTests {
    private static func key(_ text: String) -> WebSocketKey? {
        withGuarded(text) { span in span.withUnsafeBytes { WebSocketKey($0) } }
    }

    private static func accepts(_ key: WebSocketKey?, _ text: String) -> Bool {
        withGuarded(text) { span in span.withUnsafeBytes { key?.isAccepted(by: $0) == true } }
    }

    /// RFC 6455 sections 1.3 and 4.2.2 for the first; the others were computed with another implementation.
    static let examples: [(key: String, accept: String)] = [
        ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        ("/////////////////////w==", "XXpj4jYzLM2yUE0C7TIgMwTQh2g="),
        ("AQIDBAUGBwgJCgsMDQ4PEA==", "C/0nmHhBztSRGR1CwL6Tf4ZjwpY="),
        ("+/+/+/+/+/+/+/+/+/+/+w==", "M0DUs3om0SqzerhOhYSMM7WQuBQ="),
    ]

    @Test("has one answer", arguments: examples.indices)
    func accept(index: Int) {
        let (text, accept) = Self.examples[index]
        let key = Self.key(text)
        #expect(key != nil && Self.accepts(key, accept))
        #expect(written(room: 28) { key?.writeAccept(into: $0) ?? 0 } == accept)
        #expect(written(room: 27) { key?.writeAccept(into: $0) ?? 0 } == "")
        for (other, answer) in Self.examples where other != text { #expect(!Self.accepts(key, answer)) }
    }

    @Test("is answered by nothing near its answer")
    func near() {
        let (text, accept) = Self.examples[0]
        let key = Self.key(text)
        var others = ["", accept + "=", String(accept.dropLast()), " " + accept, accept.lowercased(), accept.uppercased()]
        for place in accept.indices { others.append("\(accept[..<place])-\(accept[accept.index(after: place)...])") }
        for other in others { #expect(!Self.accepts(key, other), "\(other)") }
    }

    @Test(
        "is sixteen bytes as base64, written as they have to be",
        arguments: [
            "", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQ== ",
            " dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZWE=", "dGhlIHNhbXBsZSBub25jZWFi", "dGhlIHNhbXBsZSBub25jZR==",
            "dGhlIHNhbXBsZSBub25jZf==", "dGhlIHNhbXBsZSBub25jZY==", "dGhlIHNhbXBsZSBub2=jZQ==", "=GhlIHNhbXBsZSBub25jZQ==",
            "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25jZQ=A", "dGhlIHNhbXBsZSBub25jZQA=", "dGhlIHNhbXBsZSBub25j-Q==",
            "dGhlIHNhbXBsZSBub25j_Q==", "dGhlIHNhbXBsZSB\0b25jZQ==", "d", "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==",
        ])
    func refused(text: String) {
        #expect(Self.key(text) == nil)
    }

    @Test("each of its bits counts")
    func bits() {
        var keys: [WebSocketKey] = []
        for bit in 0..<128 {
            var bits: [UInt8] = Array(repeating: 0, count: 132)
            bits[bit] = 1
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
            let letters = stride(from: 0, to: 132, by: 6).map { place in
                alphabet[bits[place..<place + 6].reduce(0) { $0 * 2 + Int($1) }]
            }
            guard let key = Self.key(String(letters) + "==") else {
                Issue.record("bit \(bit) is no key")
                continue
            }
            #expect(!keys.contains(key), "bit \(bit)")
            keys.append(key)
        }
        #expect(Set(keys.map { key in written(room: 28) { key.writeAccept(into: $0) } }).count == 128)
        #expect(MemoryLayout<WebSocketKey>.size == 16)
    }

    /// RFC 3174 section 7.3, and the lengths around a block.
    @Test(
        "its hash is that of RFC 3174",
        arguments: [
            ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
            ("a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
            (
                "0123456701234567012345670123456701234567012345670123456701234567", 10,
                "dea356a2cddd90c7a7ecedc5ebb563934f460452"
            ),
            ("", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("a", 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"), ("a", 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"),
            ("a", 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"), ("a", 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
            ("a", 65, "11655326c708d70319be2610e8a57d9a5b959d3b"),
        ])
    func hash(text: String, times: Int, digest: String) {
        var hash = SHA1()
        for _ in 0..<times { for byte in text.utf8 { hash.add(byte) } }
        let bytes = hash.finish()
        let digits = bytes.indices.map { String(bytes[$0] >> 4, radix: 16) + String(bytes[$0] & 15, radix: 16) }.joined()
        #expect(digits == digest)
    }
}
