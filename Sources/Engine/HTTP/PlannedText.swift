// A text of the configuration with variables, as shards use it: bytes, and places for what a request says.

internal import Config

/// A text that stays where it is until `destroy`.
struct PlannedText: BitwiseCopyable {
    private struct Piece: BitwiseCopyable {
        /// `nil`: the bytes themselves.
        var variable: TextTemplate.Variable?
        var text: PlannedName
    }

    private let pieces: UnsafeMutableBufferPointer<Piece>
    /// The same for every request.
    let isFixed: Bool
    /// Bytes of all that is fixed, and how many variables there are.
    let fixedBytes: Int
    let variableCount: Int

    init(_ template: [TextTemplate.Piece]) {
        let planned = template.map { piece in
            switch piece {
            case .text(let text): Piece(variable: nil, text: PlannedName(text))
            case .variable(let variable): Piece(variable: variable, text: PlannedName(""))
            }
        }
        pieces = .allocate(capacity: planned.count)
        _ = pieces.initialize(from: planned)
        fixedBytes = planned.reduce(0) { $0 + $1.text.bytes.count }
        variableCount = planned.count { $0.variable != nil }
        isFixed = variableCount == 0
    }

    func destroy() {
        for piece in pieces { piece.text.destroy() }
        pieces.deallocate()
    }

    /// At most so many bytes are written for a request whose head is that long.
    func bytesMax(headBytesMax: Int) -> Int { fixedBytes + variableCount * max(headBytesMax, 256) }

    func write(_ texts: RequestTexts, into writer: inout HeadWriter) {
        for index in 0..<pieces.count {
            if let variable = pieces[index].variable {
                texts.write(variable, into: &writer)
            } else {
                writer.append(pieces[index].text.bytes)
            }
        }
    }

    /// Writes a text that is fixed; of one that is not, what is.
    func writeFixed(into writer: inout HeadWriter) {
        for index in 0..<pieces.count { writer.append(pieces[index].text.bytes) }
    }
}
