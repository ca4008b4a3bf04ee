// The vector scans find what their plain definitions find, wherever a run begins and ends.

import CScan
import Codecs
import Testing

@Suite("Scans")
struct ScanTests {
    typealias Scan = (UnsafePointer<UInt8>?, Int, Int) -> Int

    private static func pairs() -> [(String, Scan, Scan)] {
        [
            ("token", { swivel_token_end($0, $1, $2) }, { swivel_token_end_scalar($0, $1, $2) }),
            ("value", { swivel_value_end($0, $1, $2) }, { swivel_value_end_scalar($0, $1, $2) }),
            ("target", { swivel_target_end($0, $1, $2) }, { swivel_target_end_scalar($0, $1, $2) }),
            ("path", { swivel_path_end($0, $1, $2) }, { swivel_path_end_scalar($0, $1, $2) }),
            ("host", { swivel_plain_host_end($0, $1, $2) }, { swivel_plain_host_end_scalar($0, $1, $2) }),
            ("line feed", { swivel_line_feed($0, $1, $2) }, { swivel_line_feed_scalar($0, $1, $2) }),
        ]
    }

    @Test("every byte value is judged alike, in every place of a vector")
    func everyByte() {
        for (name, scan, plain) in Self.pairs() {
            for byte in UInt8.min...UInt8.max {
                for place in 0..<35 {
                    var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 35)
                    bytes[place] = byte
                    #expect(scan(&bytes, 0, 35) == plain(&bytes, 0, 35), "\(name): \(byte) at \(place)")
                }
            }
        }
    }

    @Test("every start and every end, to an unreadable page")
    func bounds() {
        for (name, scan, plain) in Self.pairs() {
            for count in 0...40 {
                for stop in 0...count {
                    var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: count)
                    if stop < count { bytes[stop] = UInt8(ascii: "\n") }
                    withGuardedBytes(bytes) { span in
                        span.withUnsafeBufferPointer { buffer in
                            for start in 0...count {
                                let found = scan(buffer.baseAddress, start, count)
                                #expect(found == plain(buffer.baseAddress, start, count), "\(name): \(start) to \(count)")
                                #expect(found == (stop >= start ? stop : count), "\(name): \(start) to \(count)")
                            }
                        }
                    }
                }
            }
        }
    }

    @Test("the plain definitions are those of RFC 9110")
    func definitions() {
        let signs = Array("!#$%&'*+-.^_`|~".utf8)
        for byte in UInt8.min...UInt8.max {
            let scalar = Unicode.Scalar(byte)
            let isLetterOrDigit = scalar.isASCII && (scalar.properties.isAlphabetic || (48...57).contains(byte))
            #expect((swivel_is_token_byte(byte) != 0) == (isLetterOrDigit || signs.contains(byte)), "\(byte)")
            #expect((swivel_is_value_byte(byte) != 0) == (byte == 9 || (byte >= 32 && byte != 127)), "\(byte)")
            #expect((swivel_is_target_byte(byte) != 0) == ((33...126).contains(byte) && byte != 35), "\(byte)")
        }
    }
}
