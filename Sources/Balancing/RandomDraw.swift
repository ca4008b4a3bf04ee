// Random: any server, as often as its weight says.

public struct RandomDraw: BitwiseCopyable, Sendable {
    func pick(from candidates: Candidates, random: UInt64) -> Int? {
        var bits = random
        for number in 0..<UInt64(Candidates.drawsMax) {
            guard let server = candidates.draw(bits) else { return nil }
            if candidates.isDue(server, bits: bits) { return server }
            bits = StableHash.stream(~random, number)
        }
        return candidates.draw(bits)
    }
}
