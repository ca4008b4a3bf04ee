// What a client sent, as it may stand in a log: nothing of it ends a field or a line, or moves a terminal's
// cursor. Knows bytes. Knows nothing of fields.

/// How bytes are written that may not stand for themselves. In all of them those are control bytes, quotes,
/// backslashes and everything that is not ASCII.
enum LogEscape {
    /// `\x22`, as nginx.
    case nginx
    /// The same, and blanks too: for what stands without quotes.
    case nginxWord
    /// `#22`, as HAProxy; `#` itself as well.
    case haproxy
    /// The same, and blanks too.
    case haproxyWord
    /// `\u00e9`: UTF-8 by its code points, a byte that is none as U+FFFD.
    case json
}

extension OutputSpan where Element == UInt8 {
    /// Writes as much of the bytes as fits in `bytesMax` bytes, never half an escape.
    ///
    /// - Parameter bytes: valid until this call returns.
    mutating func put(_ bytes: UnsafeRawBufferPointer, escaped escape: LogEscape, bytesMax: Int) {
        // The caller lends the bytes for the length of this call, and bytes have no alignment.
        let bytes = unsafe Span(_unsafeElements: bytes.bindMemory(to: UInt8.self))
        var room = Swift.min(bytesMax, freeCapacity)
        var index = 0
        while index < bytes.count, room > 0 {
            let byte = bytes[index]
            if Self.isPlain(byte, escape) {
                append(byte)
                room -= 1
                index += 1
                continue
            }
            switch escape {
            case .json:
                let read = Self.codePoint(in: bytes, at: index)
                let written = read.codePoint > 0xffff ? 12 : Self.isMark(byte) ? 2 : 6
                guard room >= written else { return }
                putJSON(read.codePoint)
                room -= written
                index += read.byteCount
            case .nginx, .nginxWord:
                guard room >= 4 else { return }
                put("\\x")
                putHex(byte)
                room -= 4
                index += 1
            case .haproxy, .haproxyWord:
                guard room >= 3 else { return }
                put(UInt8(ascii: "#"))
                putHex(byte)
                room -= 3
                index += 1
            }
        }
    }

    private static func isPlain(_ byte: UInt8, _ escape: LogEscape) -> Bool {
        guard byte >= 0x20, byte < 0x7f, !isMark(byte) else { return false }
        return switch escape {
        case .nginx, .json: true
        case .nginxWord: byte != 0x20
        case .haproxy: byte != UInt8(ascii: "#")
        case .haproxyWord: byte != UInt8(ascii: "#") && byte != 0x20
        }
    }

    /// A quote or a backslash.
    private static func isMark(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }

    /// Two digits, in capitals as nginx and HAProxy write them.
    private mutating func putHex(_ byte: UInt8) {
        putHexDigit(byte >> 4, letters: UInt8(ascii: "A"))
        putHexDigit(byte & 15, letters: UInt8(ascii: "A"))
    }

    private mutating func putHexDigit(_ value: UInt8, letters: UInt8) {
        put(value < 10 ? UInt8(ascii: "0") + value : letters + (value - 10))
    }

    private mutating func putJSON(_ codePoint: UInt32) {
        if codePoint < 0x80, Self.isMark(UInt8(codePoint)) {
            put(UInt8(ascii: "\\"))
            put(UInt8(codePoint))
        } else if codePoint > 0xffff {
            // Two halves, RFC 8259 section 7.
            putUnit(UInt16(0xd800 + ((codePoint - 0x10000) >> 10)))
            putUnit(UInt16(0xdc00 + ((codePoint - 0x10000) & 0x3ff)))
        } else {
            putUnit(UInt16(codePoint))
        }
    }

    private mutating func putUnit(_ unit: UInt16) {
        put("\\u")
        putHexDigit(UInt8(unit >> 12), letters: UInt8(ascii: "a"))
        putHexDigit(UInt8(unit >> 8 & 15), letters: UInt8(ascii: "a"))
        putHexDigit(UInt8(unit >> 4 & 15), letters: UInt8(ascii: "a"))
        putHexDigit(UInt8(unit & 15), letters: UInt8(ascii: "a"))
    }

    /// The code point that begins there and how many bytes it has: U+FFFD and one where those are not UTF-8
    /// (RFC 3629 section 4).
    private static func codePoint(in bytes: Span<UInt8>, at index: Int) -> (codePoint: UInt32, byteCount: Int) {
        let wrong = (codePoint: UInt32(0xfffd), byteCount: 1)
        let first = bytes[index]
        let (byteCount, least): (Int, UInt32)
        switch first {
        case 0..<0x80: return (UInt32(first), 1)
        case 0xc2...0xdf: (byteCount, least) = (2, 0x80)
        case 0xe0...0xef: (byteCount, least) = (3, 0x800)
        case 0xf0...0xf4: (byteCount, least) = (4, 0x10000)
        default: return wrong
        }
        guard bytes.count - index >= byteCount else { return wrong }
        var codePoint = UInt32(first) & (0x7f >> UInt32(byteCount))
        for place in 1..<byteCount {
            let byte = bytes[index + place]
            guard byte & 0xc0 == 0x80 else { return wrong }
            codePoint = codePoint << 6 | UInt32(byte & 0x3f)
        }
        guard codePoint >= least, codePoint <= 0x10ffff, codePoint >> 11 != 0xd800 >> 11 else { return wrong }
        return (codePoint, byteCount)
    }
}
