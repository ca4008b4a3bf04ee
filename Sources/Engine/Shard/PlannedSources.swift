// Where connections to the servers of a backend come from, in the kernel's layout.

internal import Config
internal import Glibc

/// At most one address of each family. A plain handle to memory that lives as long as the plan.
struct PlannedSources: BitwiseCopyable {
    private let ipv4: UnsafeMutablePointer<NativeAddress>?
    private let ipv6: UnsafeMutablePointer<NativeAddress>?

    init(_ source: SourceAddresses) {
        ipv4 = Self.store(source.ipv4.map { NativeAddress($0) })
        ipv6 = Self.store(source.ipv6.map { NativeAddress($0) })
    }

    func destroy() {
        ipv4?.deallocate()
        ipv6?.deallocate()
    }

    /// The one to bind to before connecting to a server; `nil`: the kernel chooses.
    func source(for server: NativeAddress) -> UnsafePointer<NativeAddress>? {
        switch server.family {
        case AF_INET: UnsafePointer(ipv4)
        case AF_INET6: UnsafePointer(ipv6)
        default: nil
        }
    }

    private static func store(_ address: NativeAddress?) -> UnsafeMutablePointer<NativeAddress>? {
        guard let address else { return nil }
        let memory = UnsafeMutablePointer<NativeAddress>.allocate(capacity: 1)
        memory.initialize(to: address)
        return memory
    }
}
