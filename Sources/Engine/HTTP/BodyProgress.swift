// How far one body has gone: which of the bytes that came belong to it, and whether it is over.
// Knows framing (RFC 9112 section 6). Knows nothing of sockets.

internal import Codecs

/// One body on its way, of a request or of a response.
struct BodyProgress: BitwiseCopyable {
    enum Outcome: Equatable {
        /// The body goes on.
        case more
        case ended
        case malformed(Rejection)
        /// No memory for bytes that have to be copied.
        case short
    }

    private enum Kind: UInt8 { case none, length, chunked, untilClose }

    private let kind: Kind
    /// The receiver does not know chunks: it gets the data alone.
    private let isUnwrapped: Bool
    /// Of a body with a length: bytes still to come.
    private(set) var remainingBytes: UInt64 = 0
    private var decoder: ChunkDecoder
    private(set) var isEnded: Bool
    /// Bytes of the body itself that went on, without what frames chunks.
    private(set) var passedBytes: UInt64 = 0

    /// - Parameters:
    ///   - trailerBytesMax: bound of a chunked body's trailers.
    ///   - isUnwrapped: chunks go on as plain data.
    init(_ framing: BodyFraming, trailerBytesMax: Int, isUnwrapped: Bool = false) {
        decoder = ChunkDecoder(trailerBytesMax: trailerBytesMax)
        self.isUnwrapped = isUnwrapped
        isEnded = false
        switch framing {
        case .none:
            kind = .none
            isEnded = true
        case .length(let count):
            kind = .length
            remainingBytes = count
            isEnded = count == 0
        case .chunked: kind = .chunked
        case .untilClose: kind = .untilClose
        }
    }

    var hasLength: Bool { kind == .length }
    var isUntilClose: Bool { kind == .untilClose }
    /// The receiver learns the end from the connection's end alone.
    var endsWithConnection: Bool { kind == .untilClose || isUnwrapped }

    /// So many bytes of a body of our own went on.
    mutating func passed(_ count: Int) { passedBytes &+= UInt64(truncatingIfNeeded: count) }

    /// Moves what belongs to the body from `input` to `output`, until `output` holds about `bound` bytes.
    @inline(__always)
    mutating func forward(from input: inout BufferQueue, to output: inout BufferQueue, bound: Int, in pool: BufferPool)
        -> Outcome
    {
        if isEnded { return .ended }
        let before = output.count
        defer { if kind != .chunked || isUnwrapped { passedBytes &+= UInt64(output.count &- before) } }
        switch kind {
        case .none: return .ended
        case .length: return forwardLength(from: &input, to: &output, bound: bound, in: pool)
        case .chunked:
            return isUnwrapped
                ? unwrapChunks(from: &input, to: &output, bound: bound, in: pool)
                : forwardChunks(from: &input, to: &output, bound: bound, in: pool)
        case .untilClose:
            guard output.count < bound, !input.isEmpty else { return .more }
            output.append(input, in: pool)
            input = BufferQueue()
            return .more
        }
    }

    @inline(__always)
    private mutating func forwardLength(
        from input: inout BufferQueue, to output: inout BufferQueue, bound: Int, in pool: BufferPool
    ) -> Outcome {
        guard output.count < bound, !input.isEmpty else { return .more }
        let count = Int(min(remainingBytes, UInt64(input.count)))
        guard input.move(count, to: &output, in: pool) else { return .short }
        remainingBytes &-= UInt64(count)
        isEnded = remainingBytes == 0
        return isEnded ? .ended : .more
    }

    private mutating func forwardChunks(
        from input: inout BufferQueue, to output: inout BufferQueue, bound: Int, in pool: BufferPool
    ) -> Outcome {
        while !input.isEmpty, output.count < bound {
            let piece = input.firstPiece(in: pool)
            var (count, data) = (0, 0)
            while count < piece.count, !isEnded {
                switch decoder.next(UnsafeRawBufferPointer(rebasing: piece[count...])) {
                case .framing(let framing): count &+= framing
                case .data(let more):
                    count &+= more
                    data &+= more
                case .ended(let last):
                    count &+= last
                    isEnded = true
                case .malformed(let rejection): return .malformed(rejection)
                }
            }
            guard input.move(count, to: &output, in: pool) else { return .short }
            passedBytes &+= UInt64(data)
            if isEnded { return .ended }
        }
        return .more
    }

    private mutating func unwrapChunks(
        from input: inout BufferQueue, to output: inout BufferQueue, bound: Int, in pool: BufferPool
    ) -> Outcome {
        while !input.isEmpty, output.count < bound {
            let piece = input.firstPiece(in: pool)
            switch decoder.next(piece) {
            case .framing(let count): input.consume(count, in: pool)
            case .data(let count): guard input.move(count, to: &output, in: pool) else { return .short }
            case .ended(let count):
                input.consume(count, in: pool)
                isEnded = true
                return .ended
            case .malformed(let rejection): return .malformed(rejection)
            }
        }
        return .more
    }

    /// Bytes of a body with a length went to the receiver without having been here.
    mutating func spliced(_ count: Int) {
        remainingBytes &-= UInt64(count)
        passedBytes &+= UInt64(count)
        isEnded = remainingBytes == 0
    }

    /// The connection that brought a body without a length has ended.
    mutating func connectionEnded() { if kind == .untilClose { isEnded = true } }
}
