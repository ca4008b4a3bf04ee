// Small random patterns, and a matcher that tries every way: slow, and easy to believe.

/// A pattern as its writer means it, not as a parser reads it.
indirect enum ModelPattern {
    case bytes(Set<UInt8>, spelling: String)
    case start, end
    case sequence([ModelPattern])
    case choice([ModelPattern])
    case repetition(ModelPattern, least: Int, most: Int?, spelling: String)

    static let alphabet: [UInt8] = [UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "C"), 0x0a]

    static func random(depth: Int, using chance: inout SeededBits) -> ModelPattern {
        let draw = chance.next() % (depth == 0 ? 6 : 12)
        switch draw {
        case 0, 1, 2: return single(using: &chance)
        case 3: return single(using: &chance)
        case 4: return .start
        case 5: return .end
        case 6, 7: return .sequence((0..<(chance.next() % 4)).map { _ in random(depth: depth - 1, using: &chance) })
        case 8, 9: return .choice((0..<(chance.next() % 3 + 1)).map { _ in random(depth: depth - 1, using: &chance) })
        default:
            let kinds: [(Int, Int?, String)] = [
                (0, nil, "*"), (1, nil, "+"), (0, 1, "?"), (2, 2, "{2}"), (1, nil, "{1,}"), (1, 3, "{1,3}"), (0, 2, "{0,2}"),
                (0, 0, "{0}"),
            ]
            let kind = kinds[Int(chance.next() % UInt64(kinds.count))]
            return .repetition(random(depth: depth - 1, using: &chance), least: kind.0, most: kind.1, spelling: kind.2)
        }
    }

    private static func single(using chance: inout SeededBits) -> ModelPattern {
        let (a, b, c, feed) = (alphabet[0], alphabet[1], alphabet[2], alphabet[3])
        let kinds: [(Set<UInt8>, String)] = [
            ([a], "a"), ([b], "b"), ([c], "C"), ([feed], "\\n"), ([a, b, c], "."), ([a, b], "[ab]"), ([b, c, feed], "[^a]"),
            ([a, b, c], "\\w"), ([feed], "\\s"), ([feed], "\\W"), ([a, b], "[a-b]"), ([c], "[A-Z]"), ([a, feed], "[\\sa]"),
            ([a], "\\x61"),
        ]
        let kind = kinds[Int(chance.next() % UInt64(kinds.count))]
        return .bytes(kind.0, spelling: kind.1)
    }

    var spelling: String {
        switch self {
        case .bytes(_, let spelling): return spelling
        case .start: return "^"
        case .end: return "$"
        case .sequence(let parts): return "(?:" + parts.map { $0.spelling }.joined() + ")"
        case .choice(let parts): return "(" + parts.map { $0.spelling }.joined(separator: "|") + ")"
        case .repetition(let part, _, _, let spelling):
            if case .bytes = part { return part.spelling + spelling }
            return "(" + part.spelling + ")" + spelling
        }
    }

    func matches(_ text: [UInt8]) -> Bool {
        (0...text.count).contains { start in walk(text, start) { _ in true } }
    }

    /// Tries all ways from a place on, and asks of each place that one ends at whether that will do.
    private func walk(_ text: [UInt8], _ place: Int, _ rest: (Int) -> Bool) -> Bool {
        switch self {
        case .bytes(let set, _): return place < text.count && set.contains(text[place]) && rest(place + 1)
        case .start: return place == 0 && rest(place)
        case .end: return place == text.count && rest(place)
        case .sequence(let parts):
            guard let first = parts.first else { return rest(place) }
            return first.walk(text, place) { ModelPattern.sequence(Array(parts.dropFirst())).walk(text, $0, rest) }
        case .choice(let parts): return parts.contains { $0.walk(text, place, rest) }
        case .repetition(let part, let least, let most, let spelling):
            if least > 0 {
                let fewer = ModelPattern.repetition(part, least: least - 1, most: most.map { $0 - 1 }, spelling: spelling)
                return part.walk(text, place) { fewer.walk(text, $0, rest) }
            }
            if rest(place) { return true }
            if most == 0 { return false }
            let fewer = ModelPattern.repetition(part, least: 0, most: most.map { $0 - 1 }, spelling: spelling)
            // A turn that takes nothing leads nowhere new.
            return part.walk(text, place) { $0 > place && fewer.walk(text, $0, rest) }
        }
    }
}
