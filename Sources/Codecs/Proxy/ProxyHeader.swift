// What a proxy says of the connection that it passes on, before the first byte of it: PROXY v1 and v2.
// Knows which version is which. Knows nothing of who may be believed.

/// A PROXY header: a plain value, read and written without allocating.
///
/// - SeeAlso: The PROXY protocol, versions 1 and 2, in HAProxy's documentation.
public struct ProxyHeader: Equatable, BitwiseCopyable, Sendable {
    /// By their names in a configuration, as those that a listener takes.
    public enum Version: String, BitwiseCopyable, Sendable, CaseIterable {
        /// A line of text.
        case v1
        /// Binary, with a length and extensions.
        case v2
    }

    /// The two ends of the connection that the sender speaks of.
    public enum Ends: Equatable, BitwiseCopyable, Sendable {
        /// The sender speaks for itself, as in a health check: the ends are those of this connection.
        case own
        /// The sender could not tell: nothing better is known than the ends of this connection.
        case unknown
        /// A Unix socket's, whose names are not kept.
        case unix
        case internet(source: Endpoint, destination: Endpoint)
    }

    /// What a listener takes.
    public enum Accepted: String, BitwiseCopyable, Sendable, CaseIterable {
        case v1, v2, any

        func includes(_ version: Version) -> Bool {
            switch (self, version) {
            case (.any, _), (.v1, .v1), (.v2, .v2): true
            case (.v1, .v2), (.v2, .v1): false
            }
        }
    }

    public enum Outcome: Equatable, BitwiseCopyable, Sendable {
        /// So far a header, or the beginning of one; it takes at least so many bytes more.
        case incomplete(furtherBytesMin: Int)
        case malformed(ProxyFault)
        /// The first `byteCount` bytes are a header; what follows is the connection's own.
        case header(ProxyHeader, byteCount: Int)
    }

    public var version: Version
    public var ends: Ends

    public init(version: Version, ends: Ends) {
        self.version = version
        self.ends = ends
    }

    /// Whom the connection comes from, where the sender says so; else it is the peer itself.
    public var source: Endpoint? {
        if case .internet(let source, _) = ends { source } else { nil }
    }

    /// The longest header that is read: `incomplete` is never answered to so many bytes.
    ///
    /// The protocol asks for 536 bytes at least (v1 has at most 107). Addresses take 232 at most; the rest
    /// is extensions, of which a client's certificate is the largest in use. 4,096 bytes hold those, and
    /// bound what a sender may make us keep.
    public static let bytesMax = 4_096

    /// Reads the header that the bytes begin with. Any input has an answer, and one that is not
    /// `incomplete` does not change when more bytes come.
    public static func parse(_ bytes: Span<UInt8>, accepting accepted: Accepted = .any) -> Outcome {
        guard bytes.count > 0 else { return .incomplete(furtherBytesMin: ProxyLine.bytesMin) }
        let version: Version = bytes[0] == ProxyLine.signatureByte(0) ? .v1 : .v2
        let signatureBytes = version == .v1 ? ProxyLine.signatureBytes : ProxyBlock.signatureBytes
        for index in 0..<min(bytes.count, signatureBytes) {
            let expected = version == .v1 ? ProxyLine.signatureByte(index) : ProxyBlock.signatureByte(index)
            guard bytes[index] == expected else { return .malformed(.signature) }
        }
        if bytes.count >= signatureBytes, !accepted.includes(version) { return .malformed(.versionNotAccepted) }
        return version == .v1 ? ProxyLine.parse(bytes) : ProxyBlock.parse(bytes)
    }

    /// The same over memory that the caller lends for the length of the call.
    public static func parse(_ bytes: UnsafeRawBufferPointer, accepting accepted: Accepted = .any) -> Outcome {
        // Bytes have no alignment, and the caller lends all of them.
        unsafe parse(Span(_unsafeElements: bytes.bindMemory(to: UInt8.self)), accepting: accepted)
    }

    /// Room that every header which `write` makes fits in: the longest is a v1 line of two IPv6 addresses.
    public static let writtenBytesMax = 104

    /// Writes the header. Where one end is IPv4 and the other IPv6, both are written as IPv6, as HAProxy
    /// does. The ends of a Unix socket are written as unknown.
    ///
    /// - Parameter output: has room for `writtenBytesMax` bytes; a part of a header would be the next bytes
    ///   of the connection.
    public func write(into output: inout OutputSpan<UInt8>) {
        precondition(output.freeCapacity >= Self.writtenBytesMax, "a header is written whole")
        switch version {
        case .v1: ProxyLine.write(ends, into: &output)
        case .v2: ProxyBlock.write(ends, into: &output)
        }
    }

    /// Writes the header to the start of a buffer of at least `writtenBytesMax` bytes.
    ///
    /// - Returns: the bytes written.
    public func write(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // The caller lends the whole buffer for the length of this call, and bytes have no alignment.
        let bytes = unsafe buffer.bindMemory(to: UInt8.self)
        var output = unsafe OutputSpan(buffer: bytes, initializedCount: 0)
        write(into: &output)
        return unsafe output.finalize(for: bytes)
    }
}
