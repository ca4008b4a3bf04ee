// PROXY version 2: sixteen bytes, then addresses and extensions as long as those say.
// Knows the block alone: which version it is was judged before.

/// Reads and writes the block.
enum ProxyBlock {
    static let signatureBytes = 12
    /// Signature, version and command, family and transport, length of what follows.
    static let prefixBytes = 16

    static func signatureByte(_ index: Int) -> UInt8 {
        switch index {
        case 0, 2, 5: 0x0d
        case 1, 3, 6, 11: 0x0a
        case 4: 0x00
        case 7: UInt8(ascii: "Q")
        case 8: UInt8(ascii: "U")
        case 9: UInt8(ascii: "I")
        default: UInt8(ascii: "T")
        }
    }

    private static let version: UInt8 = 0x20
    private static let localCommand: UInt8 = 0
    private static let proxyCommand: UInt8 = 1
    /// TCP over IPv4 and over IPv6.
    private static let ipv4Stream: UInt8 = 0x11
    private static let ipv6Stream: UInt8 = 0x21

    /// Families of addresses, the high half of their byte.
    private enum Family: UInt8 {
        case unspecified = 0
        case ipv4, ipv6, unix

        /// Two addresses, with their ports where there are ports.
        var addressBytes: Int {
            switch self {
            case .unspecified: 0
            case .ipv4: 12
            case .ipv6: 36
            case .unix: 216
            }
        }
    }

    /// Reads a block whose signature is right as far as it has come.
    static func parse(_ bytes: Span<UInt8>) -> ProxyHeader.Outcome {
        if bytes.count > 12 {
            guard bytes[12] & 0xf0 == version else { return .malformed(.version) }
            guard bytes[12] & 0x0f <= proxyCommand else { return .malformed(.command) }
        }
        guard bytes.count >= prefixBytes else { return .incomplete(furtherBytesMin: prefixBytes - bytes.count) }
        let byteCount = prefixBytes + Int(number16(bytes, at: 14))
        guard byteCount <= ProxyHeader.bytesMax else { return .malformed(.oversized) }

        // The family of what a sender says of itself is to be ignored, and all that follows skipped.
        let isLocal = bytes[12] & 0x0f == localCommand
        var family = Family.unspecified
        if !isLocal {
            // Transports are none, stream and datagram.
            guard let known = Family(rawValue: bytes[13] >> 4), bytes[13] & 0x0f <= 2 else {
                return .malformed(.transport)
            }
            // Without a transport the form of the addresses is not defined.
            if bytes[13] & 0x0f != 0 { family = known }
        }
        guard byteCount >= prefixBytes + family.addressBytes else { return .malformed(.addressesCut) }
        guard bytes.count >= byteCount else { return .incomplete(furtherBytesMin: byteCount - bytes.count) }
        let header = bytes.extracting(0..<byteCount)
        if family != .unspecified, let fault = extensionFault(header, from: prefixBytes + family.addressBytes) {
            return .malformed(fault)
        }
        let ends: ProxyHeader.Ends = isLocal ? .own : self.ends(header, family)
        return .header(ProxyHeader(version: .v2, ends: ends), byteCount: byteCount)
    }

    private static func ends(_ bytes: Span<UInt8>, _ family: Family) -> ProxyHeader.Ends {
        switch family {
        case .unspecified:
            return .unknown
        case .unix:
            return .unix
        case .ipv4:
            return .internet(
                source: Endpoint(host: .ipv4(number32(bytes, at: 16)), port: number16(bytes, at: 24)),
                destination: Endpoint(host: .ipv4(number32(bytes, at: 20)), port: number16(bytes, at: 26)))
        case .ipv6:
            return .internet(
                source: Endpoint(host: ipv6(bytes, at: 16), port: number16(bytes, at: 48)),
                destination: Endpoint(host: ipv6(bytes, at: 32), port: number16(bytes, at: 50)))
        }
    }

    /// Passes over the extensions: a type, two bytes of length, a value. All but the checksum are unread.
    private static func extensionFault(_ bytes: Span<UInt8>, from start: Int) -> ProxyFault? {
        var index = start
        var checksumIndex: Int?
        while index < bytes.count {
            guard index + 3 <= bytes.count else { return .extensionCut }
            let valueIndex = index + 3
            let valueBytes = Int(number16(bytes, at: index + 1))
            guard valueIndex + valueBytes <= bytes.count else { return .extensionCut }
            if bytes[index] == checksumType {
                guard valueBytes == 4, checksumIndex == nil else { return .checksumMalformed }
                checksumIndex = valueIndex
            }
            index = valueIndex + valueBytes
        }
        guard let checksumIndex else { return nil }
        return checksum(bytes, without: checksumIndex) == number32(bytes, at: checksumIndex) ? nil : .checksumWrong
    }

    /// PP2_TYPE_CRC32C.
    private static let checksumType: UInt8 = 0x03

    /// That of the whole header, its own four bytes taken as zeros.
    private static func checksum(_ bytes: Span<UInt8>, without index: Int) -> UInt32 {
        var sum = CRC32C()
        sum.add(bytes.extracting(0..<index))
        for _ in 0..<4 { sum.add(0) }
        sum.add(bytes.extracting((index + 4)..<bytes.count))
        return sum.value
    }

    static func write(_ ends: ProxyHeader.Ends, into output: inout OutputSpan<UInt8>) {
        for index in 0..<signatureBytes { output.put(signatureByte(index)) }
        switch ends {
        case .own:
            writePrefix(localCommand, 0, addresses: .unspecified, into: &output)
        case .unknown, .unix:
            writePrefix(proxyCommand, 0, addresses: .unspecified, into: &output)
        case .internet(let source, let destination):
            if case .ipv4(let sourceHost) = source.host, case .ipv4(let destinationHost) = destination.host {
                writePrefix(proxyCommand, ipv4Stream, addresses: .ipv4, into: &output)
                write(sourceHost, into: &output)
                write(destinationHost, into: &output)
            } else {
                writePrefix(proxyCommand, ipv6Stream, addresses: .ipv6, into: &output)
                write(source.host.mapped, into: &output)
                write(destination.host.mapped, into: &output)
            }
            write(source.port, into: &output)
            write(destination.port, into: &output)
        }
    }

    private static func writePrefix(
        _ command: UInt8, _ familyAndTransport: UInt8, addresses: Family, into output: inout OutputSpan<UInt8>
    ) {
        output.put(version | command)
        output.put(familyAndTransport)
        write(UInt16(addresses.addressBytes), into: &output)
    }

    private static func write(_ host: IPv6Text.Halves, into output: inout OutputSpan<UInt8>) {
        write(host.high, into: &output)
        write(host.low, into: &output)
    }

    /// Highest byte first.
    private static func write<Number: FixedWidthInteger>(_ number: Number, into output: inout OutputSpan<UInt8>) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            output.put(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }

    private static func number16(_ bytes: Span<UInt8>, at index: Int) -> UInt16 {
        UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
    }

    private static func number32(_ bytes: Span<UInt8>, at index: Int) -> UInt32 {
        UInt32(number16(bytes, at: index)) << 16 | UInt32(number16(bytes, at: index + 2))
    }

    private static func number64(_ bytes: Span<UInt8>, at index: Int) -> UInt64 {
        UInt64(number32(bytes, at: index)) << 32 | UInt64(number32(bytes, at: index + 4))
    }

    private static func ipv6(_ bytes: Span<UInt8>, at index: Int) -> HostAddress {
        .ipv6(high: number64(bytes, at: index), low: number64(bytes, at: index + 8))
    }
}
