// How host names are compared: letters without case, and nothing of the port or of the root's dot.

enum RouteHost {
    /// A name is at most as long (RFC 1035 section 2.3.4); a longer one is nobody's.
    static let bytesMax = 255

    /// The name alone: `A.com.` of `A.com.:8080`, then without its dot; `[::1]` of `[::1]:80`.
    @inline(__always)
    static func name(of host: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var count = 0
        if let first = host.first, first == UInt8(ascii: "[") {
            while count < host.count, host[count] != UInt8(ascii: "]") { count &+= 1 }
            count = min(count &+ 1, host.count)
        } else {
            while count < host.count, host[count] != UInt8(ascii: ":") { count &+= 1 }
        }
        if count > 0, host[count &- 1] == UInt8(ascii: ".") { count &-= 1 }
        return UnsafeRawBufferPointer(rebasing: host[..<count])
    }

    /// The same of what an operator wrote, who may leave out the brackets of an IPv6 address.
    static func name(of text: String) -> [UInt8] {
        var bytes = text.utf8.map { lowered($0) }
        if bytes.first != UInt8(ascii: "["), bytes.filter({ $0 == UInt8(ascii: ":") }).count > 1 {
            bytes = [UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")]
        }
        return bytes.withUnsafeBytes { Array(name(of: $0)) }
    }

    @inline(__always)
    static func lowered(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    // Names are hashed from their last byte to the first, so that the hash of each domain that a name lies in
    // falls out on the way. The table is the operator's alone, so nobody can aim at a cell of it from outside
    // and find more than lies there.

    static let hashSeed: UInt64 = 0x9e37_79b9_7f4a_7c15

    @inline(__always)
    static func hashed(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0xff51_afd7_ed55_8ccd
    }

    static func hash(_ name: [UInt8]) -> UInt64 { name.reversed().reduce(hashSeed) { hashed($0, $1) } }
}
