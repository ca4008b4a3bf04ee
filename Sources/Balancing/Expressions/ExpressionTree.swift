// An expression as it reads: what stands beside, beneath and instead of what.

indirect enum ExpressionTree: Equatable {
    /// Takes nothing.
    case nothing
    /// One byte of the set.
    case byte(ByteSet)
    /// The beginning of the text.
    case start
    /// Its end.
    case end
    case sequence([ExpressionTree])
    case choice([ExpressionTree])
    /// So often, one after another; without `most`, any number above.
    case repetition(ExpressionTree, least: Int, most: Int?)

    /// Nodes of the program that this becomes, repetitions written out: at most `bound`, however large it is.
    func nodeCount(bound: Int) -> Int {
        var total = 0
        switch self {
        case .nothing, .byte, .start, .end: total = 1
        case .sequence(let parts), .choice(let parts):
            total = 1
            for part in parts {
                total += 1 + part.nodeCount(bound: bound)
                if total >= bound { return bound }
            }
        case .repetition(let part, let least, let most):
            total = 1 + (part.nodeCount(bound: bound) + 1) * max(1, most ?? least + 1)
        }
        return min(total, bound)
    }
}
