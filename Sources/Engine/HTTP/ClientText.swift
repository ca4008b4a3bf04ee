// A client's address as text, where heads and logs want it.

internal import Codecs

/// The address without its port: at most 39 bytes, none where it has no name.
struct ClientText: BitwiseCopyable {
    private var bytes: InlineArray<48, UInt8> = .init(repeating: 0)
    private var count = 0

    init(_ address: PeerAddress) {
        guard let host = address.endpoint?.host else {
            // A Unix socket's other end (RFC 7239 section 6 has the word).
            let word: StaticString = "unknown"
            for index in 0..<word.utf8CodeUnitCount { bytes[index] = word.utf8Start[index] }
            count = word.utf8CodeUnitCount
            return
        }
        count = withUnsafeMutableBytes(of: &bytes) { memory in
            let typed = memory.bindMemory(to: UInt8.self)
            var output = OutputSpan(buffer: typed, initializedCount: 0)
            host.unmapped.write(into: &output)
            return output.finalize(for: typed)
        }
    }

    mutating func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let length = count
        return withUnsafeBytes(of: &bytes) { body(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
    }
}
