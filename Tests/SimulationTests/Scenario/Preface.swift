// A PROXY header that a client of the simulation sends first, or what it sends in place of one.

import Codecs

struct Preface {
    enum Kind {
        /// There is no header, as none is asked for.
        case none
        case whole
        /// Ends before its last byte, and the client's sending with it.
        case cut
        /// One byte of it is another one.
        case broken
    }

    var kind = Kind.none
    var bytes: [UInt8] = []
    /// Whom it names.
    var source: Endpoint?

    init() {}

    /// - Parameter extensionBytes: of version 2, behind its addresses.
    init(_ kind: Kind, _ version: ProxyHeader.Version, source: Endpoint, extensionBytes: Int = 0) {
        self.kind = kind
        self.source = source
        let ends = ProxyHeader.Ends.internet(source: source, destination: Self.destination)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ProxyHeader.writtenBytesMax, alignment: 1)
        defer { memory.deallocate() }
        bytes = Array(memory[..<ProxyHeader(version: version, ends: ends).write(into: memory)])
        if version == .v2, extensionBytes >= 3 {
            let valueBytes = extensionBytes - 3
            bytes += [0xee, UInt8(valueBytes >> 8), UInt8(valueBytes & 0xff)] + [UInt8](repeating: 0x0a, count: valueBytes)
            bytes[14] = UInt8((bytes.count - 16) >> 8)
            bytes[15] = UInt8((bytes.count - 16) & 0xff)
        }
        switch kind {
        case .none, .whole: break
        case .cut: bytes.removeLast(1 + bytes.count / 3)
        case .broken: bytes[3] ^= 0x40
        }
    }

    static let destination = Endpoint(host: .ipv4(0xc633_6401), port: 443)
}
