// The hash that hosts share: xxHash64 as published, and under our seed as pinned for good.

import Testing

@testable import Balancing

@Suite("The stable hash")
struct StableHashTests {
    /// The buffer of xxHash's own sanity checks.
    private static let sanityBytes: [UInt8] = {
        var generator: UInt64 = 2_654_435_761
        return (0..<222).map { _ in
            defer { generator &*= 11_400_714_785_074_694_797 }
            return UInt8(generator >> 56)
        }
    }()

    @Test(
        "xxHash's own sanity checks hold",
        arguments: [
            (0, 0, 0xef46_db37_51d8_e999), (0, 2_654_435_761, 0xac75_fda2_929b_17ef),
            (1, 0, 0xe934_a84a_db05_2768), (1, 2_654_435_761, 0x5014_6076_43a9_b4c3),
            (4, 0, 0x9136_a0dc_a574_57ee), (4, 2_654_435_761, 0xcaab_286b_d8e9_fdb5),
            (14, 0, 0x8282_dcc4_994e_35c8), (14, 2_654_435_761, 0xc3bd_6bf6_3deb_6df0),
            (222, 0, 0xb641_ae8c_b691_c174), (222, 2_654_435_761, 0x20cb_8ab7_ae10_c14a),
        ] as [(Int, UInt64, UInt64)])
    func sanity(count: Int, seed: UInt64, hash: UInt64) {
        let bytes = Array(Self.sanityBytes[..<count])
        let answer = StableHash.xxHash64(bytes.span.bytes, seed: seed)
        #expect(answer == hash)
    }

    @Test("every length from 0 to 100 agrees with xxHash's library 0.8, at any alignment", arguments: 0..<8)
    func lengths(offset: Int) {
        let bytes = [UInt8](repeating: 0xee, count: offset) + (0..<100).map { UInt8($0) }
        var sum: UInt64 = 0
        for count in 0...100 {
            let hash = StableHash.xxHash64(bytes.span.extracting(offset..<(offset + count)).bytes, seed: UInt64(count))
            sum = (sum ^ hash) &* 31
        }
        #expect(sum == 0xbcee_cef5_9fc7_c976)
    }

    // Never change these: hosts of one group may run different versions.
    @Test(
        "names hash as they always did",
        arguments: [
            ("", 0x87ae_7880_34bd_b555), ("a", 0xdb35_4679_8d4c_57ca), ("web-1", 0xd0aa_464a_3851_b8f1),
            ("10.0.0.1:8000", 0xaaee_e7b7_5d89_c721),
        ] as [(String, UInt64)])
    func names(name: String, hash: UInt64) {
        #expect(StableHash.hash(name) == hash)
    }

    @Test("addresses hash as they always did: 192.0.2.1 and 2001:db8::1")
    func addresses() {
        let four: [UInt8] = [192, 0, 2, 1]
        let sixteen: [UInt8] = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        let answers = [StableHash.hash(four.span.bytes), StableHash.hash(sixteen.span.bytes)]
        #expect(answers == [0x1b4f_fffe_6157_7b8d, 0x0561_b898_94ea_5dfb])
    }

    @Test("streams are SplitMix64's")
    func streams() {
        let published: [UInt64] = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        #expect((0..<3).map { StableHash.stream(1_234_567, $0) } == published)
    }
}
