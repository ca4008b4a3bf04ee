// Regular expressions that cost one look into a table for each byte of the text, whatever the two are: there
// is no backtracking, so nobody can send a path that takes long.

/// An expression that has been worked out: a plain handle to memory that lives until `destroy`, never written
/// again, so all shards read the same.
///
/// Understood: characters, `.`, classes with ranges and `[^ ]`, `\d \w \s \D \W \S`, groups `( )` and `(?: )`,
/// `|`, `* + ? {m} {m,} {m,n}`, `^`, `$`, `\t \n \f \r \x2f`, a backslash before punctuation, and `(?i)` at the
/// beginning. A match may begin anywhere, as in nginx, unless `^` says otherwise. It goes by bytes: `.` is any
/// but a line feed, as in nginx's expressions without UTF-8; `$` is the very end of the text (in nginx's a line
/// feed may follow, which would let `%0A` pass). Letters fold in ASCII alone.
///
/// - SeeAlso: Thompson: Regular Expression Search Algorithm, 1968; Rabin and Scott: Finite Automata and Their
///   Decision Problems, 1959.
public struct PathExpression: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory is written before the handle is given out.

    private let classes: UnsafeMutablePointer<UInt8>
    private let steps: UnsafeMutablePointer<UInt16>
    private let isMetAtEnd: UnsafeMutablePointer<Bool>
    private let classCount: Int
    /// States that the expression took, those for failed and met included.
    let stateCount: Int

    /// Works an expression out, within bounds that keep that short: 1,024 bytes of pattern, repetitions to 255,
    /// 4,096 states.
    public static func compile(_ pattern: String) throws(ExpressionFault) -> PathExpression {
        let automaton = try ExpressionAutomaton(ExpressionProgram(ExpressionParser.parse(pattern)))
        return PathExpression(automaton)
    }

    private init(_ automaton: borrowing ExpressionAutomaton) {
        classCount = automaton.classCount
        stateCount = automaton.isMetAtEnd.count
        classes = .allocate(capacity: 256)
        classes.initialize(from: automaton.classes, count: 256)
        steps = .allocate(capacity: automaton.steps.count)
        steps.initialize(from: automaton.steps, count: automaton.steps.count)
        isMetAtEnd = .allocate(capacity: stateCount)
        isMetAtEnd.initialize(from: automaton.isMetAtEnd, count: stateCount)
    }

    /// Frees the memory; no copy may be used afterwards.
    public func destroy() {
        classes.deallocate()
        steps.deallocate()
        isMetAtEnd.deallocate()
    }

    /// Whether some part of the text is what the expression describes.
    public func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        var state = Int(ExpressionAutomaton.first)
        for byte in text {
            state = Int(steps[state &* classCount &+ Int(classes[Int(byte)])])
            if state <= Int(ExpressionAutomaton.met) { return state == Int(ExpressionAutomaton.met) }
        }
        return isMetAtEnd[state]
    }
}
