// Many networks, asked again and again whether an address is in one of them.
// Knows ranges of addresses. Knows nothing of what the answer is for.

/// A set of networks as sorted ranges that neither meet nor overlap: a question is a binary search, without
/// an allocation or a count of references.
///
/// A plain handle to memory that lives until `destroy`: copies share it, from any thread.
// `@safe`: the ranges are written once, in `init`, and every index is within their count.
@safe public struct NetworkList: BitwiseCopyable, @unchecked Sendable {
    /// From the first address to the last, both in it.
    private struct AddressRange<Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable> {
        var first: Bits
        var last: Bits
    }

    // Unchecked: the memory is written once, before anyone else sees the handle.
    private let ipv4: UnsafeMutableBufferPointer<AddressRange<UInt32>>
    private let ipv6: UnsafeMutableBufferPointer<AddressRange<UInt128>>

    public init(_ networks: [Network]) {
        var ipv4: [AddressRange<UInt32>] = []
        var ipv6: [AddressRange<UInt128>] = []
        for network in networks {
            switch network.host {
            case .ipv4(let host):
                // A shift by as many bits as there are leaves zero.
                ipv4.append(AddressRange(first: host, last: host | UInt32.max >> network.prefixBits))
            case .ipv6(let high, let low):
                let first = Self.bits(high, low)
                ipv6.append(AddressRange(first: first, last: first | UInt128.max >> network.prefixBits))
            }
        }
        unsafe self.ipv4 = Self.store(Self.merged(ipv4))
        unsafe self.ipv6 = Self.store(Self.merged(ipv6))
    }

    /// Frees the memory; no copy may be used afterwards.
    public func destroy() {
        unsafe ipv4.deallocate()
        unsafe ipv6.deallocate()
    }

    /// Whether it has no network, and so no address.
    public var isEmpty: Bool { unsafe ipv4.isEmpty && ipv6.isEmpty }

    /// Whether a network of the list contains the address; one in IPv6's spelling of IPv4 is asked for as
    /// IPv4.
    public func contains(_ host: HostAddress) -> Bool {
        switch host.unmapped {
        case .ipv4(let bits): unsafe Self.contains(ipv4, bits)
        case .ipv6(let high, let low): unsafe Self.contains(ipv6, Self.bits(high, low))
        }
    }

    private static func bits(_ high: UInt64, _ low: UInt64) -> UInt128 { UInt128(high) << 64 | UInt128(low) }

    private static func contains<Bits>(
        _ ranges: UnsafeMutableBufferPointer<AddressRange<Bits>>, _ host: Bits
    ) -> Bool {
        // How many ranges begin at or before the address: the last of them has it, or none has.
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if unsafe ranges[middle].first <= host { low = middle + 1 } else { high = middle }
        }
        return unsafe low > 0 && host <= ranges[low - 1].last
    }

    /// In order, those that meet or overlap as one.
    private static func merged<Bits>(_ ranges: [AddressRange<Bits>]) -> [AddressRange<Bits>] {
        var merged: [AddressRange<Bits>] = []
        for range in ranges.sorted(by: { $0.first < $1.first }) {
            // Nothing follows the very last address: one is not added to that.
            if let last = merged.last?.last, last == .max || range.first <= last + 1 {
                merged[merged.count - 1].last = max(last, range.last)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    private static func store<Element>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
        let stored = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = unsafe stored.initialize(from: elements)
        return unsafe stored
    }
}
