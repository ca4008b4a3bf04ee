// Random numbers that a seed gives again (SplitMix64).

struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }

    /// A text with one byte to eight of it left out, doubled, replaced or added.
    mutating func mutated(_ text: String, letters: [UInt8]) -> [UInt8] {
        mutated(Array(text.utf8), letters: letters)
    }

    mutating func mutated(_ bytes: [UInt8], letters: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...8, using: &self) {
            let index = Int.random(in: 0...bytes.count, using: &self)
            let letter = letters.randomElement(using: &self) ?? 0
            switch Int.random(in: 0..<4, using: &self) {
            case 0 where index < bytes.count: bytes.remove(at: index)
            case 1 where index < bytes.count: bytes[index] = letter
            case 2 where index < bytes.count: bytes.insert(bytes[index], at: index)
            default: bytes.insert(letter, at: index)
            }
        }
        return bytes
    }
}
