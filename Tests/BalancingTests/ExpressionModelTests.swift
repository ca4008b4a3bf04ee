// Path expressions against a matcher that tries every way.

import Testing

@testable import Balancing

@Suite("Path expressions and the model")
struct ExpressionModelTests {
    /// All texts of up to four bytes.
    private static let texts: [[UInt8]] = {
        var texts: [[UInt8]] = [[]]
        var longest = texts
        for _ in 0..<4 {
            longest = longest.flatMap { text in ModelPattern.alphabet.map { text + [$0] } }
            texts += longest
        }
        return texts
    }()

    @Test("random patterns match what the model matches", arguments: 1...8 as ClosedRange<UInt64>)
    func random(seed: UInt64) throws {
        var chance = SeededBits(seed: seed)
        var (matched, unmatched) = (0, 0)
        for _ in 0..<60 {
            let model = ModelPattern.random(depth: 4, using: &chance)
            let expression = try PathExpression.compile(model.spelling)
            defer { expression.destroy() }
            for text in Self.texts {
                let isMatch = text.withUnsafeBytes { expression.matches($0) }
                guard isMatch == model.matches(text) else {
                    Issue.record("seed \(seed): \(model.spelling) on \(text) is \(isMatch)")
                    return
                }
                if isMatch { matched += 1 } else { unmatched += 1 }
            }
        }
        #expect(matched > 1_000 && unmatched > 1_000, "both occur: \(matched), \(unmatched)")
    }
}
