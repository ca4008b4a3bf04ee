// PROXY headers written, and read again.

import Codecs
import Testing

@Suite("PROXY header written")
struct ProxyWritingTests {
    private static let ipv4 = Endpoint(host: .ipv4(0xc000_0201), port: 40_000)
    private static let otherIPv4 = Endpoint(host: .ipv4(0xc633_6402), port: 443)
    private static let ipv6 = Endpoint(host: .ipv6(high: 0x2001_0db8_0000_0000, low: 1), port: 40_000)
    private static let otherIPv6 = Endpoint(host: .ipv6(high: 0x2001_0db8_0000_0000, low: 2), port: 443)
    private static let longest = Endpoint(host: .ipv6(high: .max, low: .max), port: .max)

    private func bytes(_ version: ProxyHeader.Version, _ ends: ProxyHeader.Ends) -> [UInt8] {
        withGuardedBuffer(byteCount: ProxyHeader.writtenBytesMax) { buffer in
            let count = ProxyHeader(version: version, ends: ends).write(into: buffer)
            return Array(buffer[..<count])
        }
    }

    @Test(
        "version 1 is a line",
        arguments: [
            (.internet(source: ipv4, destination: otherIPv4), "PROXY TCP4 192.0.2.1 198.51.100.2 40000 443\r\n"),
            (.internet(source: ipv6, destination: otherIPv6), "PROXY TCP6 2001:db8::1 2001:db8::2 40000 443\r\n"),
            (.internet(source: ipv4, destination: otherIPv6), "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 40000 443\r\n"),
            (.internet(source: ipv6, destination: otherIPv4), "PROXY TCP6 2001:db8::1 ::ffff:198.51.100.2 40000 443\r\n"),
            (.own, "PROXY UNKNOWN\r\n"), (.unknown, "PROXY UNKNOWN\r\n"), (.unix, "PROXY UNKNOWN\r\n"),
        ] as [(ProxyHeader.Ends, String)])
    func line(ends: ProxyHeader.Ends, expected: String) {
        #expect(String(decoding: bytes(.v1, ends), as: UTF8.self) == expected)
    }

    @Test("version 2 is what its bytes should be")
    func block() {
        #expect(
            bytes(.v2, .internet(source: Self.ipv4, destination: Self.otherIPv4))
                == ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4))
        #expect(
            bytes(.v2, .internet(source: Self.ipv6, destination: Self.otherIPv6))
                == ProxyBytes.block(0x21, 0x21, ProxyBytes.ipv6))
        #expect(bytes(.v2, .own) == ProxyBytes.block(0x20, 0x00))
        #expect(bytes(.v2, .unknown) == ProxyBytes.block(0x21, 0x00))
        #expect(bytes(.v2, .unix) == ProxyBytes.block(0x21, 0x00))
        let mixed = [UInt8](repeating: 0, count: 10) + [0xff, 0xff] + ProxyBytes.ipv4[..<4] + ProxyBytes.ipv6[16...]
        #expect(
            bytes(.v2, .internet(source: Self.ipv4, destination: Self.otherIPv6)) == ProxyBytes.block(0x21, 0x21, Array(mixed)))
    }

    @Test("what is written is read", arguments: ProxyHeader.Version.allCases)
    func readAgain(version: ProxyHeader.Version) {
        let ends = [Self.ipv4, Self.otherIPv4, Self.ipv6, Self.otherIPv6, Self.longest]
        for source in ends {
            for destination in ends {
                let written = bytes(version, .internet(source: source, destination: destination))
                guard case .header(let header, written.count) = withGuardedBytes(written, { ProxyHeader.parse($0) }),
                    case .internet(let readSource, let readDestination) = header.ends
                else {
                    Issue.record("\(written) is not read whole")
                    continue
                }
                #expect(header.version == version)
                #expect(readSource.host.unmapped == source.host && readSource.port == source.port)
                #expect(readDestination.host.unmapped == destination.host && readDestination.port == destination.port)
            }
        }
    }

    @Test("no header is longer than what is promised")
    func longest() {
        #expect(bytes(.v1, .internet(source: Self.longest, destination: Self.longest)).count == ProxyHeader.writtenBytesMax)
    }
}
