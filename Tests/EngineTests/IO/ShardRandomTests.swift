// A shard's chance: the published sequence of SplitMix64.

import Testing

@testable import Engine

@Suite("A shard's random numbers")
struct ShardRandomTests {
    @Test("they are SplitMix64's, by its published values for seed 1234567")
    func knownValues() {
        var random = ShardRandom(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ]
        #expect((0..<5).map { _ in random.next() } == expected)
    }

    @Test("the same seed gives the same sequence, another seed another")
    func seeds() {
        func sequence(_ seed: UInt64) -> [UInt64] {
            var random = ShardRandom(seed: seed)
            return (0..<8).map { _ in random.next() }
        }
        #expect(sequence(5) == sequence(5))
        #expect(Set(sequence(5)).isDisjoint(with: sequence(6)))
    }
}
