// The text of an expression, read into a tree. What cannot be matched in one pass over the text is refused
// by name. Knows the spelling that nginx's users know (PCRE's); knows nothing of matching.

struct ExpressionParser {
    static let patternBytesMax = 1_024
    static let repetitionMax = 255
    /// Groups within groups: each is a call of this parser.
    static let depthMax = 50

    private let pattern: [UInt8]
    private var place = 0
    private var ignoresCase = false
    private var depth = 0

    private init(_ pattern: [UInt8]) { self.pattern = pattern }

    static func parse(_ text: String) throws(ExpressionFault) -> ExpressionTree {
        var parser = ExpressionParser(Array(text.utf8))
        guard parser.pattern.count <= patternBytesMax else {
            throw ExpressionFault(
                offset: patternBytesMax,
                problem: "the expression has \(parser.pattern.count) bytes; at most \(patternBytesMax) are taken")
        }
        if parser.pattern.starts(with: "(?i)".utf8) {
            parser.ignoresCase = true
            parser.place = 4
        }
        let tree = try parser.choice()
        guard parser.next == nil else { throw parser.fault("this ) closes no group; a parenthesis itself is written \\)") }
        return tree
    }

    private var next: UInt8? { place < pattern.count ? pattern[place] : nil }

    private func starts(with text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard pattern.count - place >= count else { return false }
        return (0..<count).allSatisfy { pattern[place + $0] == text.utf8Start[$0] }
    }

    private func fault(_ problem: String, at offset: Int? = nil) -> ExpressionFault {
        ExpressionFault(offset: offset ?? place, problem: problem)
    }

    /// Up to the end of the pattern or of the group.
    private mutating func choice() throws(ExpressionFault) -> ExpressionTree {
        var choices = [try sequence()]
        while next == UInt8(ascii: "|") {
            place += 1
            choices.append(try sequence())
        }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func sequence() throws(ExpressionFault) -> ExpressionTree {
        var parts: [ExpressionTree] = []
        while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            parts.append(try repeated(try single()))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .nothing : .sequence(parts)
    }

    // MARK: One place

    private mutating func single() throws(ExpressionFault) -> ExpressionTree {
        let byte = pattern[place]
        switch byte {
        case UInt8(ascii: "("): return try group()
        case UInt8(ascii: "["):
            var set = ExpressionClass(pattern, at: place, ignoresCase: ignoresCase)
            let bytes = try set.parse()
            place = set.place
            return .byte(bytes)
        case UInt8(ascii: "\\"):
            let set = try ExpressionEscape.parse(pattern, &place, inClass: false)
            return .byte(ignoresCase ? set.folded : set)
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
            throw fault("there is nothing here to repeat; the character itself is written with a \\ before it")
        case UInt8(ascii: "{"): throw fault("there is nothing here to repeat; a brace itself is written \\{")
        case 0x80...: return scalar()
        default:
            place += 1
            switch byte {
            case UInt8(ascii: "."): return .byte(.notLineFeed)
            case UInt8(ascii: "^"): return .start
            case UInt8(ascii: "$"): return .end
            default: return .byte(ignoresCase ? ByteSet(byte).folded : ByteSet(byte))
            }
        }
    }

    /// The bytes of one character beyond ASCII: what follows repeats all of them.
    private mutating func scalar() -> ExpressionTree {
        var parts = [ExpressionTree.byte(ByteSet(pattern[place]))]
        place += 1
        while let byte = next, byte & 0xc0 == 0x80 {
            parts.append(.byte(ByteSet(byte)))
            place += 1
        }
        return .sequence(parts)
    }

    private mutating func group() throws(ExpressionFault) -> ExpressionTree {
        let open = place
        if starts(with: "(?:") {
            place += 3
        } else if starts(with: "(?") {
            throw fault(groupProblem)
        } else if starts(with: "(*") {
            throw fault("words like (*SKIP) steer backtracking, and there is none here")
        } else {
            place += 1
        }
        depth += 1
        guard depth <= Self.depthMax else {
            throw fault("groups stand in one another more than \(Self.depthMax) deep", at: open)
        }
        let tree = try choice()
        depth -= 1
        guard next == UInt8(ascii: ")") else { throw fault("this group is not closed", at: open) }
        place += 1
        return tree
    }

    /// What stands here begins with `(?` and is none that is understood.
    private var groupProblem: String {
        if starts(with: "(?=") || starts(with: "(?!") { return "looking ahead would need backtracking, which has no bound" }
        if starts(with: "(?<=") || starts(with: "(?<!") { return "looking behind would need backtracking, which has no bound" }
        if starts(with: "(?>") { return "an atomic group steers backtracking, and there is none here; write (?: )" }
        if starts(with: "(?<") || starts(with: "(?P") || starts(with: "(?'") {
            return "groups have no names here, as nothing is captured; write ( )"
        }
        if starts(with: "(?i") { return "(?i) is understood at the very beginning alone, for the whole expression" }
        return "this kind of group is not understood; ( ) and (?: ) are"
    }

    // MARK: Repetition

    private mutating func repeated(_ tree: ExpressionTree) throws(ExpressionFault) -> ExpressionTree {
        let bounds: (least: Int, most: Int?)
        let open = place
        switch next {
        case UInt8(ascii: "*"): bounds = (0, nil)
        case UInt8(ascii: "+"): bounds = (1, nil)
        case UInt8(ascii: "?"): bounds = (0, 1)
        case UInt8(ascii: "{"): bounds = try braces()
        default: return tree
        }
        place += 1
        guard tree != .start && tree != .end || pattern[open - 1] == UInt8(ascii: ")") else {
            throw fault("an anchor cannot be repeated", at: open)
        }
        switch next {
        case UInt8(ascii: "?"):
            throw fault(
                "lazy repetition makes no difference here, as it is only asked whether there is a match; leave the ? out")
        case UInt8(ascii: "+"):
            throw fault("possessive repetition steers backtracking, and there is none here; leave the + out")
        case UInt8(ascii: "*"), UInt8(ascii: "{"):
            throw fault("a repetition cannot be repeated itself; put what is meant into (?: )")
        default: return .repetition(tree, least: bounds.least, most: bounds.most)
        }
    }

    /// `{m}`, `{m,}` or `{m,n}`, up to the closing brace.
    private mutating func braces() throws(ExpressionFault) -> (least: Int, most: Int?) {
        let open = place
        place += 1
        guard let least = try number(open) else { throw bracesFault(open) }
        var most: Int? = least
        if next == UInt8(ascii: ",") {
            place += 1
            most = try number(open)
        }
        guard next == UInt8(ascii: "}") else { throw bracesFault(open) }
        if let most, most < least { throw fault("the second number of a repetition is not below the first", at: open) }
        return (least, most)
    }

    private func bracesFault(_ open: Int) -> ExpressionFault {
        fault("a repetition is written {2}, {2,} or {2,5}; a brace itself is written \\{", at: open)
    }

    private mutating func number(_ open: Int) throws(ExpressionFault) -> Int? {
        var number: Int?
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte {
            number = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
            guard number! <= Self.repetitionMax else {
                throw fault("a repetition counts to \(Self.repetitionMax) at most", at: open)
            }
            place += 1
        }
        return number
    }
}
