// From places to states: each set of places that a text can lead to is one state, and a byte leads from state
// to state (the subset construction). Bounded in states and in work, so that no expression takes long to refuse.

struct ExpressionAutomaton: ~Copyable {
    static let statesMax = 4_096
    /// Rows of places looked at, times their words: some tens of milliseconds.
    static let workMax = 16_000_000

    /// No match any more, whatever follows.
    static let failed: UInt16 = 0
    /// Met, whatever follows.
    static let met: UInt16 = 1
    /// Before the first byte.
    static let first: UInt16 = 2

    /// The class of each byte: bytes of a class are the same to the expression.
    private(set) var classes: [UInt8]
    private(set) var classCount: Int
    /// By state and class.
    private(set) var steps: [UInt16] = []
    /// By state, whether the expression is met where the text ends here.
    private(set) var isMetAtEnd: [Bool] = [false, true]

    private let places: ExpressionPlaces
    /// By class, the places that take its bytes.
    private let takers: UnsafeMutablePointer<UInt64>
    /// By state, its places.
    private let rows: UnsafeMutablePointer<UInt64>
    /// States by the hash of their places; 0: none.
    private let known: UnsafeMutablePointer<UInt16>
    private static let knownCount = 4 * statesMax
    private var stateCount = 2
    private var work = 0

    init(_ program: ExpressionProgram) throws(ExpressionFault) {
        places = ExpressionPlaces(program)
        (classes, classCount) = Self.classes(places.sets)
        let words = places.rowWords
        takers = .allocate(capacity: classCount * words + 1)
        takers.initialize(repeating: 0, count: classCount * words + 1)
        rows = .allocate(capacity: (Self.statesMax + 1) * words + 1)
        known = .allocate(capacity: Self.knownCount)
        known.initialize(repeating: 0, count: Self.knownCount)
        var samples = [UInt8](repeating: 0, count: classCount)
        for byte in 0...255 as ClosedRange<UInt8> { samples[Int(classes[Int(byte)])] = byte }
        for place in 0..<places.count {
            for (number, sample) in samples.enumerated() where places.sets[place].contains(sample) {
                takers[number * words + place / 64] |= 1 << UInt64(place % 64)
            }
        }
        try build()
    }

    deinit {
        takers.deallocate()
        rows.deallocate()
        known.deallocate()
    }

    /// Bytes that stand in the same sets are one class.
    private static func classes(_ sets: [ByteSet]) -> ([UInt8], Int) {
        var classes = [Int](repeating: 0, count: 256)
        var count = 1
        for set in Set(sets) {
            // Of each class those bytes that the set has become another, unless it has all of them.
            var split: [Int: Int] = [:]
            var refined = classes
            for byte in 0..<256 where set.contains(UInt8(byte)) {
                refined[byte] = split[classes[byte]] ?? 256 + classes[byte]
                split[classes[byte]] = refined[byte]
            }
            var numbers: [Int: Int] = [:]
            for byte in 0..<256 {
                classes[byte] = numbers[refined[byte]] ?? numbers.count
                numbers[refined[byte]] = classes[byte]
            }
            count = numbers.count
        }
        return (classes.map { UInt8($0) }, count)
    }

    private mutating func build() throws(ExpressionFault) {
        steps = [UInt16](repeating: Self.failed, count: classCount) + [UInt16](repeating: Self.met, count: classCount)
        guard !places.isMetAtOnce else {
            // Even nothing is a match: every step from the first state on stays met.
            isMetAtEnd.append(true)
            steps += [UInt16](repeating: Self.met, count: classCount)
            return
        }
        let words = places.rowWords
        // The first state is never led back to: what may begin a text may not begin anywhere else.
        (rows + stateCount * words).initialize(from: places.firstRow, count: words)
        isMetAtEnd.append(places.isMetByNothing)
        stateCount += 1
        var state = Int(Self.first)
        while state < stateCount {
            for number in 0..<classCount { steps.append(try step(from: state, by: number)) }
            state += 1
        }
    }

    /// The state that a byte of the class leads to.
    private mutating func step(from state: Int, by number: Int) throws(ExpressionFault) -> UInt16 {
        let words = places.rowWords
        // Written behind the last state: there it stays where it is a new one.
        let row = rows + stateCount * words
        row.initialize(from: places.laterRow, count: words)
        work += words
        for word in 0..<words {
            var takers = rows[state * words + word] & takers[number * words + word]
            while takers != 0 {
                let place = word * 64 + takers.trailingZeroBitCount
                takers &= takers - 1
                if places.isMet[place] { return Self.met }
                let following = places.rows + place * words
                var index = 0
                while index < words {
                    row[index] |= following[index]
                    index += 1
                }
                work += words
            }
        }
        guard work <= Self.workMax else {
            throw ExpressionFault(
                offset: 0, problem: "the expression takes too much work to prepare; repeat or choose less in it")
        }
        return try keep(row)
    }

    /// The state whose places these are, a new one where there was none.
    private mutating func keep(_ row: UnsafeMutablePointer<UInt64>) throws(ExpressionFault) -> UInt16 {
        let words = places.rowWords
        var hash: UInt64 = 0
        var (isEmpty, isMetHere) = (true, false)
        for word in 0..<words {
            hash = StableHash.mixed(hash ^ row[word])
            if row[word] != 0 { isEmpty = false }
            if row[word] & places.ends[word] != 0 { isMetHere = true }
        }
        if isEmpty { return Self.failed }
        var cell = Int(truncatingIfNeeded: hash) & (Self.knownCount - 1)
        while known[cell] != 0 {
            let other = rows + Int(known[cell]) * words
            if (0..<words).allSatisfy({ other[$0] == row[$0] }) { return known[cell] }
            cell = (cell + 1) & (Self.knownCount - 1)
        }
        guard stateCount < Self.statesMax else {
            throw ExpressionFault(
                offset: 0,
                problem: "the expression needs more than \(Self.statesMax) states; let less differ before a long repetition")
        }
        known[cell] = UInt16(stateCount)
        stateCount += 1
        isMetAtEnd.append(isMetHere)
        return known[cell]
    }
}
