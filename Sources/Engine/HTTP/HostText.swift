// An address and its port as a Host field has them.

internal import Codecs

/// At most 48 bytes; `localhost` where the address has no name.
struct HostText: BitwiseCopyable {
    private var bytes: InlineArray<56, UInt8> = .init(repeating: 0)
    private var count = 0

    init(_ address: PeerAddress) {
        guard let endpoint = address.endpoint else {
            let word: StaticString = "localhost"
            for index in 0..<word.utf8CodeUnitCount { bytes[index] = word.utf8Start[index] }
            count = word.utf8CodeUnitCount
            return
        }
        count = withUnsafeMutableBytes(of: &bytes) { memory in
            var writer = HeadWriter(memory)
            if case .ipv6 = endpoint.host.unmapped {
                writer.append("[")
                writer.wrote(endpoint.host.unmapped.write(into: writer.room))
                writer.append("]")
            } else {
                writer.wrote(endpoint.host.unmapped.write(into: writer.room))
            }
            writer.append(":")
            writer.append(decimal: UInt64(endpoint.port))
            return writer.count
        }
    }

    mutating func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let length = count
        return withUnsafeBytes(of: &bytes) { body(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
    }
}
