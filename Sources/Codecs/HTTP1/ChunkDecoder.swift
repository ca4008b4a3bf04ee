// Follows a chunked body over any split of its bytes, and says which of them are data.
// Knows RFC 9112 section 7.1. Knows nothing of where the bytes are kept or sent.

/// A plain value of 32 bytes. Lines end in CR LF alone; an extension is a name and perhaps a value, and those of
/// one chunk are bounded; a trailer field is read as strictly as that of a head.
public struct ChunkDecoder: BitwiseCopyable, Sendable {
    public enum Step: Equatable, BitwiseCopyable, Sendable {
        /// So many bytes of sizes, extensions, line ends and trailers.
        case framing(Int)
        case data(Int)
        /// The last so many bytes of framing, and the body is over.
        case ended(Int)
        case malformed(Rejection)
    }

    public enum Taken: Equatable, BitwiseCopyable, Sendable {
        /// All of the bytes belong to the body, and it goes on.
        case more
        /// So many of them belong to the body, and it is over.
        case ended(Int)
        case malformed(Rejection)
    }

    /// Of the extensions of one chunk, from behind its size to the line's end.
    public static let extensionBytesMax = 256
    /// Of a size: below 2^60.
    public static let sizeDigitsMax = 15

    enum State: UInt8 {
        case size, sizeBlank, sizeLineFeed, data, dataReturn, dataLineFeed
        case extensionStart, extensionName, extensionNameBlank, extensionValueStart, extensionValue
        case extensionQuoted, extensionEscaped, extensionQuotedEnd, extensionValueBlank
        case lineStart, trailerName, trailerValue, trailerLineFeed, lastLineFeed
        case ended, refused
    }

    var state = State.size
    /// Digits of the size, bytes of the trailer's name (255 are more than any known one has), or the rejection.
    var count: UInt8 = 0
    var extensionBytes: UInt16 = 0
    /// How many bytes of trailer lines may still come.
    var trailerBytesLeft: UInt32
    /// The size of a chunk while it is read, then how much of its data is still to come.
    var remaining: UInt64 = 0
    /// The first and the last eight bytes of a trailer's name in lower case, as `FieldName` compares them.
    var first: UInt64 = 0
    var last: UInt64 = 0

    /// - Parameter trailerBytesMax: of the trailer's lines with their CR LF, without the empty one.
    public init(trailerBytesMax: Int) {
        trailerBytesLeft = UInt32(clamping: trailerBytesMax)
    }

    public var hasEnded: Bool { state == .ended }

    /// What the first bytes are; called again with those that follow them.
    ///
    /// - Parameter bytes: at least one. The body has not ended.
    /// - Returns: counts of at least 1.
    public mutating func next(_ bytes: UnsafeRawBufferPointer) -> Step {
        // Bytes have no alignment, and the caller lends all of them.
        next(unsafe Span<UInt8>(_unsafeElements: bytes.bindMemory(to: UInt8.self)))
    }

    /// All of the bytes, as far as the body goes: none of them where it has ended before.
    public mutating func take(_ bytes: UnsafeRawBufferPointer) -> Taken {
        // Bytes have no alignment, and the caller lends all of them.
        let span = unsafe Span<UInt8>(_unsafeElements: bytes.bindMemory(to: UInt8.self))
        if state == .ended { return .ended(0) }
        var index = 0
        while index < span.count {
            switch next(span.extracting(index..<span.count)) {
            case .framing(let count), .data(let count): index += count
            case .ended(let count): return .ended(index + count)
            case .malformed(let rejection): return .malformed(rejection)
            }
        }
        return .more
    }

    mutating func next(_ bytes: Span<UInt8>) -> Step {
        precondition(bytes.count > 0 && state != .ended, "a body that goes on is given bytes")
        if state == .data {
            let count = remaining < UInt64(bytes.count) ? Int(remaining) : bytes.count
            remaining -= UInt64(count)
            if remaining == 0 { state = .dataReturn }
            return .data(count)
        }
        var index = 0
        while index < bytes.count {
            if let rejection = received(bytes[index]) {
                state = .refused
                count = rejection.rawValue
                return .malformed(rejection)
            }
            index += 1
            if state == .data { return .framing(index) }
            if state == .ended { return .ended(index) }
        }
        return .framing(bytes.count)
    }

    /// One byte of framing.
    private mutating func received(_ byte: UInt8) -> Rejection? {
        switch state {
        case .size: return receivedSize(byte)
        case .sizeLineFeed:
            guard byte == Octet.lineFeed else { return .bareCarriageReturn }
            state = remaining == 0 ? .lineStart : .data
        case .dataReturn:
            guard byte == Octet.carriageReturn else { return .chunkEndMalformed }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == Octet.lineFeed else { return .chunkEndMalformed }
            (state, count, extensionBytes) = (.size, 0, 0)
        case .sizeBlank, .extensionStart, .extensionName, .extensionNameBlank, .extensionValueStart, .extensionValue,
            .extensionQuoted, .extensionEscaped, .extensionQuotedEnd, .extensionValueBlank:
            return receivedExtension(byte)
        case .lineStart, .trailerName, .trailerValue, .trailerLineFeed, .lastLineFeed:
            return receivedTrailer(byte)
        case .refused: return Rejection(rawValue: count)
        case .data, .ended: preconditionFailure("data and what follows the body are no framing")
        }
        return nil
    }

    private mutating func receivedSize(_ byte: UInt8) -> Rejection? {
        if let digit = HexadecimalDigit.value(byte) {
            guard count < Self.sizeDigitsMax else { return .chunkSizeTooLarge }
            remaining = remaining << 4 | UInt64(digit)
            count += 1
            return nil
        }
        guard count > 0 else { return Octet.rejection(byte, otherwise: .chunkSizeMalformed) }
        switch byte {
        case Octet.carriageReturn: state = .sizeLineFeed
        case Octet.lineFeed: return .bareLineFeed
        case Octet.semicolon, Octet.blank, Octet.tab: return receivedExtension(byte)
        default: return .chunkSizeMalformed
        }
        return nil
    }
}
