// Addresses in the kernel's layout, and back.

import Codecs
import Glibc
import Testing

@testable import Engine

@Suite("A native address")
struct NativeAddressTests {
    static let internetAddresses: [SocketAddress] = [
        .ipv4(host: 0x7f00_0001, port: 8_080), .ipv4(host: 0, port: 0), .ipv4(host: .max, port: .max),
        .ipv6(high: 0, low: 1, port: 443, scope: 0), .ipv6(high: 0xfe80_0000_0000_0000, low: 0x0102_0304_0506_0708, port: 1, scope: 3),
        .ipv6(high: .max, low: .max, port: .max, scope: .max),
    ]

    @Test("an internet address comes back as it went", arguments: internetAddresses)
    func roundTrip(address: SocketAddress) {
        let native = NativeAddress(address)
        #expect(native.value == address)
        #expect(native.isInternet)
    }

    @Test("IPv4 stands in network byte order, in the length of its own structure")
    func ipv4Layout() {
        let native = NativeAddress(.ipv4(host: 0x0102_0304, port: 0x0506))
        #expect(native.family == AF_INET)
        #expect(native.byteCount == 16)
        let bytes = withUnsafeBytes(of: native.storage) { Array($0[2..<8]) }
        #expect(bytes == [5, 6, 1, 2, 3, 4])
    }

    @Test("IPv6 stands in network byte order, in the length of its own structure")
    func ipv6Layout() {
        let native = NativeAddress(.ipv6(high: 0x0001_0203_0405_0607, low: 0x0809_0a0b_0c0d_0e0f, port: 0x1011, scope: 0))
        #expect(native.family == AF_INET6)
        #expect(native.byteCount == 28)
        let bytes = withUnsafeBytes(of: native.storage) { Array($0[8..<24]) }
        #expect(bytes == Array(0..<16))
    }

    @Test("a Unix path stands with its final NUL, from one byte to the longest", arguments: [1, 20, 107])
    func unix(count: Int) {
        let path = "/" + String(repeating: "x", count: count - 1)
        let native = NativeAddress(.unix(path: path))
        #expect(native.family == AF_UNIX)
        #expect(!native.isInternet)
        #expect(native.byteCount == UInt32(2 + count + 1))
        let bytes = withUnsafeBytes(of: native.storage) { Array($0[2..<2 + count + 1]) }
        #expect(bytes == Array(path.utf8) + [0])
    }

    @Test("a path that is too long is cut rather than written past the end")
    func unixTooLong() {
        let native = NativeAddress(.unix(path: String(repeating: "y", count: 500)))
        #expect(native.byteCount == 110)
    }

    @Test("system calls see the same bytes and length")
    func pointer() {
        let native = NativeAddress(.ipv4(host: 0x7f00_0001, port: 80))
        let (family, count) = native.withPointer { (Int32($0.pointee.sa_family), $1) }
        #expect(family == AF_INET)
        #expect(count == 16)
    }

    @Test("an unnamed peer has no value")
    func unnamed() {
        #expect(NativeAddress().value == nil)
        #expect(NativeAddress(.unix(path: "/x")).value == nil)
    }

    @Test("a peer is kept for the log without what the log does not say")
    func peers() {
        if case .ipv4(let host, let port) = PeerAddress(NativeAddress(.ipv4(host: 7, port: 8))) {
            #expect(host == 7 && port == 8)
        } else {
            Issue.record("an IPv4 peer stays one")
        }
        if case .ipv6(let high, let low, let port) = PeerAddress(NativeAddress(.ipv6(high: 1, low: 2, port: 3, scope: 4))) {
            #expect(high == 1 && low == 2 && port == 3)
        } else {
            Issue.record("an IPv6 peer stays one")
        }
    }

    @Test("a peer on a Unix socket has no name", arguments: [NativeAddress(), NativeAddress(.unix(path: "/x"))])
    func unnamedPeer(native: NativeAddress) {
        if case .unnamed = PeerAddress(native) { return }
        Issue.record("a Unix peer is unnamed")
    }
}
