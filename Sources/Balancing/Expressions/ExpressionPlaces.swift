// The places of a program at which something is awaited, and which places follow each: what the steps of an
// automaton are made of. Sets of places are rows of bits.

/// A place awaits a byte, or the end of the text (only where the whole expression is met by it).
struct ExpressionPlaces: ~Copyable {
    /// Words of 64 bits in a row.
    let rowWords: Int
    let count: Int
    /// Per place, what it takes; nothing where it awaits the end.
    private(set) var sets: [ByteSet] = []
    /// Per place, the row of those that follow it, and whether the expression is met behind it.
    let rows: UnsafeMutablePointer<UInt64>
    private(set) var isMet: [Bool] = []
    /// The places that await the end.
    let ends: UnsafeMutablePointer<UInt64>
    /// Where a match may begin: at the start of the text, and anywhere else.
    let firstRow: UnsafeMutablePointer<UInt64>
    let laterRow: UnsafeMutablePointer<UInt64>
    private(set) var isMetAtOnce = false
    private(set) var isMetByNothing = false

    init(_ program: ExpressionProgram) {
        var walk = Walk(program.nodes)
        for node in program.nodes.indices {
            switch program.nodes[node] {
            case .byte(let set, _):
                walk.places[node] = sets.count
                sets.append(set)
            case .end(let next) where walk.isMet(from: next, passesStart: false):
                walk.places[node] = sets.count
                sets.append(ByteSet())
            default: break
            }
        }
        count = sets.count
        rowWords = (count + 63) / 64
        rows = Self.zeros(count * rowWords)
        ends = Self.zeros(rowWords)
        firstRow = Self.zeros(rowWords)
        laterRow = Self.zeros(rowWords)
        isMet = [Bool](repeating: false, count: count)
        for node in program.nodes.indices where walk.places[node] >= 0 {
            let place = walk.places[node]
            switch program.nodes[node] {
            case .byte(_, let next): isMet[place] = walk.mark(rows + place * rowWords, from: next, passesStart: false)
            case .end: ends[place / 64] |= 1 << UInt64(place % 64)
            default: break
            }
        }
        isMetAtOnce = walk.mark(firstRow, from: program.entry, passesStart: true)
        _ = walk.mark(laterRow, from: program.entry, passesStart: false)
        isMetByNothing = walk.isMet(from: program.entry, passesStart: true)
    }

    deinit {
        rows.deallocate()
        ends.deallocate()
        firstRow.deallocate()
        laterRow.deallocate()
    }

    private static func zeros(_ count: Int) -> UnsafeMutablePointer<UInt64> {
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: max(count, 1))
        words.initialize(repeating: 0, count: max(count, 1))
        return words
    }

    /// Goes where a program leads without taking a byte.
    private struct Walk {
        let nodes: [ExpressionProgram.Node]
        /// Per node, its place; -1: none.
        var places: [Int]
        private var stack: [Int] = []
        /// The walk that came by last.
        private var seen: [Int]
        private var number = 0

        init(_ nodes: [ExpressionProgram.Node]) {
            self.nodes = nodes
            places = [Int](repeating: -1, count: nodes.count)
            seen = places
        }

        /// Whether the end of the program is reached where the end of the text is.
        mutating func isMet(from node: Int, passesStart: Bool) -> Bool {
            walk(from: node, passesStart: passesStart, passesEnd: true, row: nil)
        }

        /// Marks the places that are reached; answers whether the end of the program is.
        mutating func mark(_ row: UnsafeMutablePointer<UInt64>, from node: Int, passesStart: Bool) -> Bool {
            walk(from: node, passesStart: passesStart, passesEnd: false, row: row)
        }

        private mutating func walk(from node: Int, passesStart: Bool, passesEnd: Bool, row: UnsafeMutablePointer<UInt64>?) -> Bool {
            number += 1
            var isMet = false
            stack.append(node)
            while let node = stack.popLast() {
                guard seen[node] != number else { continue }
                seen[node] = number
                if let row, places[node] >= 0 { row[places[node] / 64] |= 1 << UInt64(places[node] % 64) }
                switch nodes[node] {
                case .byte: break
                case .start(let next): if passesStart { stack.append(next) }
                case .end(let next): if passesEnd { stack.append(next) }
                case .split(let one, let other):
                    stack.append(one)
                    stack.append(other)
                case .accept: isMet = true
                }
            }
            return isMet
        }
    }
}
