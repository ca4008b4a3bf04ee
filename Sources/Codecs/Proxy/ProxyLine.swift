// PROXY version 1: one line of text. `PROXY TCP4 192.0.2.1 192.0.2.2 40000 443`, then CR LF.
// Knows the line alone: which version it is was judged before.

/// Reads and writes the line.
enum ProxyLine {
    /// `PROXY UNKNOWN`, the shortest, with its CR LF.
    static let bytesMin = 15
    /// The longest that a receiver has to take, CR LF included (PROXY protocol section 2.1).
    static let bytesMax = 107

    /// `PROXY` and its blank.
    static let signatureBytes = 6

    static func signatureByte(_ index: Int) -> UInt8 {
        switch index {
        case 0: UInt8(ascii: "P")
        case 1: UInt8(ascii: "R")
        case 2: UInt8(ascii: "O")
        case 3: UInt8(ascii: "X")
        case 4: UInt8(ascii: "Y")
        default: UInt8(ascii: " ")
        }
    }

    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let blank = UInt8(ascii: " ")

    /// Reads a line whose signature is right as far as it has come. Nothing of it is judged before its end
    /// is there, but for what can no longer be one.
    static func parse(_ bytes: Span<UInt8>) -> ProxyHeader.Outcome {
        var index = signatureBytes
        // The carriage return is the last byte but one.
        while index < min(bytes.count, bytesMax - 1) {
            let byte = bytes[index]
            if byte == lineFeed { return .malformed(.lineEnding) }
            if byte == carriageReturn {
                guard index + 1 < bytes.count else { return .incomplete(furtherBytesMin: 1) }
                guard bytes[index + 1] == lineFeed else { return .malformed(.lineEnding) }
                return decode(bytes.extracting(signatureBytes..<index), byteCount: index + 2)
            }
            index += 1
        }
        if bytes.count >= bytesMax - 1 { return .malformed(.lineTooLong) }
        return .incomplete(furtherBytesMin: max(2, bytesMin - bytes.count))
    }

    /// What stands between the signature and the end of the line.
    private static func decode(_ bytes: Span<UInt8>, byteCount: Int) -> ProxyHeader.Outcome {
        var index = 0
        let family = field(in: bytes, from: &index)
        // What follows UNKNOWN is to be ignored, whatever it is.
        if equal(bytes, family, "UNKNOWN") {
            return .header(ProxyHeader(version: .v1, ends: .unknown), byteCount: byteCount)
        }
        let isIPv4 = equal(bytes, family, "TCP4")
        guard isIPv4 || equal(bytes, family, "TCP6") else { return .malformed(.transport) }
        let first = field(in: bytes, from: &index)
        let second = field(in: bytes, from: &index)
        let third = field(in: bytes, from: &index)
        let fourth = field(in: bytes, from: &index)
        // An empty field is one blank too many or one field too few.
        guard !first.isEmpty, !second.isEmpty, !third.isEmpty, !fourth.isEmpty, index > bytes.count else {
            return .malformed(.fields)
        }
        guard let source = address(bytes.extracting(first), isIPv4: isIPv4),
            let destination = address(bytes.extracting(second), isIPv4: isIPv4)
        else { return .malformed(.address) }
        guard let sourcePort = port(bytes.extracting(third)), let destinationPort = port(bytes.extracting(fourth))
        else { return .malformed(.port) }
        let ends = ProxyHeader.Ends.internet(
            source: Endpoint(host: source, port: sourcePort),
            destination: Endpoint(host: destination, port: destinationPort))
        return .header(ProxyHeader(version: .v1, ends: ends), byteCount: byteCount)
    }

    /// The field from `index` on, which is left behind its blank, or beyond the end where none follows.
    private static func field(in bytes: Span<UInt8>, from index: inout Int) -> Range<Int> {
        let start = min(index, bytes.count)
        var end = start
        while end < bytes.count, bytes[end] != blank { end += 1 }
        index = end + 1
        return start..<end
    }

    private static func equal(_ bytes: Span<UInt8>, _ range: Range<Int>, _ word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        // A literal lives as long as the program, and the index is within its length.
        for index in 0..<range.count where unsafe bytes[range.lowerBound + index] != word.utf8Start[index] {
            return false
        }
        return true
    }

    private static func address(_ bytes: Span<UInt8>, isIPv4: Bool) -> HostAddress? {
        if isIPv4 { return IPv4Text.parse(bytes).map { .ipv4($0) } }
        return IPv6Text.parse(bytes).map { .ipv6(high: $0.high, low: $0.low) }
    }

    /// 0 to 65535 without leading zeros.
    private static func port(_ bytes: Span<UInt8>) -> UInt16? {
        guard (1...5).contains(bytes.count) else { return nil }
        guard bytes.count == 1 || bytes[0] != UInt8(ascii: "0") else { return nil }
        var value: UInt32 = 0
        for index in bytes.indices {
            guard let digit = DecimalDigit.value(bytes[index]) else { return nil }
            value = value * 10 + UInt32(digit)
        }
        return UInt16(exactly: value)
    }

    static func write(_ ends: ProxyHeader.Ends, into output: inout OutputSpan<UInt8>) {
        guard case .internet(let source, let destination) = ends else {
            output.put("PROXY UNKNOWN\r\n")
            return
        }
        if case .ipv4 = source.host, case .ipv4 = destination.host {
            output.put("PROXY TCP4 ")
            source.host.write(into: &output)
            output.put(blank)
            destination.host.write(into: &output)
        } else {
            output.put("PROXY TCP6 ")
            let (source, destination) = (source.host.mapped, destination.host.mapped)
            IPv6Text.write(high: source.high, low: source.low, into: &output)
            output.put(blank)
            IPv6Text.write(high: destination.high, low: destination.low, into: &output)
        }
        output.put(blank)
        DecimalText.write(UInt64(source.port), into: &output)
        output.put(blank)
        DecimalText.write(UInt64(destination.port), into: &output)
        output.put("\r\n")
    }
}
