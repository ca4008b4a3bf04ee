// What this kernel can do, asked once at start. Distributions backport and forbid, so nothing here
// goes by version: flags and opcodes are probed, and what has had bugs is tried out.

internal import CLiburing
internal import CLinux
internal import Glibc

/// Features of io_uring that have a fallback. Where even the least tier is missing, the engine is epoll.
public struct KernelFeatures: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// One completion for several buffers (kernel 6.10; wrong order in some 6.13 and 6.14 releases, so tried out).
    public static let bundle = KernelFeatures(rawValue: 1 << 0)
    /// A receive that stays armed (6.0).
    public static let multishot = KernelFeatures(rawValue: 1 << 1)
    /// An accept that stays armed (5.19).
    public static let multishotAccept = KernelFeatures(rawValue: 1 << 2)
    /// Completions run only when the shard asks (6.1).
    public static let deferTaskrun = KernelFeatures(rawValue: 1 << 3)
    /// The ring's own descriptor registered (5.18).
    public static let registeredRing = KernelFeatures(rawValue: 1 << 4)
    /// No completion for a send that went whole (5.17).
    public static let quietSend = KernelFeatures(rawValue: 1 << 5)
    /// Messages from ring to ring (5.18).
    public static let messageRing = KernelFeatures(rawValue: 1 << 6)

    /// Names as `SWIVEL_KERNEL_FEATURES` and `--build-info` write them.
    public static let names: [(name: String, feature: KernelFeatures)] = [
        ("bundle", .bundle), ("multishot", .multishot), ("multishot-accept", .multishotAccept),
        ("defer-taskrun", .deferTaskrun), ("registered-ring", .registeredRing), ("quiet-send", .quietSend),
        ("message-ring", .messageRing),
    ]

    public var description: String {
        let found = KernelFeatures.names.filter { contains($0.feature) }.map(\.name)
        return found.isEmpty ? "none" : found.joined(separator: " ")
    }

    /// Why io_uring cannot be used here.
    public struct Missing: Error, Equatable {
        /// A clause for the operator: "io_uring_setup: Operation not permitted".
        public let reason: String
    }

    /// Asks the kernel.
    ///
    /// - Parameter mask: the value of `SWIVEL_KERNEL_FEATURES`, such as `-bundle,-multishot`: tests run
    ///   the lower tiers with it. `-io_uring` forbids the engine as a container's profile does.
    public static func probe(mask: String = "") throws(Missing) -> KernelFeatures {
        var withheld: KernelFeatures = []
        for word in mask.split(separator: ",") {
            if word == "-io_uring" { throw Missing(reason: "io_uring is masked by SWIVEL_KERNEL_FEATURES") }
            if let known = names.first(where: { "-" + $0.name == word }) { withheld.insert(known.feature) }
        }
        return try probeKernel().subtracting(withheld)
    }

    private static func probeKernel() throws(Missing) -> KernelFeatures {
        var features: KernelFeatures = []
        var ring = swivel_ring()
        let preferred = UInt32(IORING_SETUP_SINGLE_ISSUER) | UInt32(IORING_SETUP_DEFER_TASKRUN)
        var result = swivel_ring_open(&ring, 8, 64, preferred)
        if result == 0 { features.insert(.deferTaskrun) } else { result = swivel_ring_open(&ring, 8, 64, 0) }
        guard result == 0 else { throw Missing(reason: "io_uring_setup: \(text(result))") }
        defer { swivel_ring_close(&ring) }

        var supported = [UInt8](repeating: 0, count: Int(SWIVEL_OP_LAST_PROBED))
        guard swivel_ring_probe(&ring, &supported) == 0 else { throw Missing(reason: "opcodes cannot be probed") }
        let needed: [io_uring_op] = [
            IORING_OP_ACCEPT, IORING_OP_CONNECT, IORING_OP_RECV, IORING_OP_SEND, IORING_OP_SENDMSG, IORING_OP_POLL_ADD,
            IORING_OP_ASYNC_CANCEL, IORING_OP_CLOSE,
        ]
        for opcode in needed where supported[Int(opcode.rawValue)] == 0 {
            throw Missing(reason: "io_uring lacks opcode \(opcode.rawValue)")
        }
        guard ring.features & UInt32(IORING_FEAT_EXT_ARG) != 0 else { throw Missing(reason: "io_uring has no timed wait") }
        if supported[Int(IORING_OP_MSG_RING.rawValue)] != 0 { features.insert(.messageRing) }
        if ring.features & UInt32(IORING_FEAT_CQE_SKIP) != 0, KernelTrial.quietSendReportsShortSends(&ring) {
            features.insert(.quietSend)
        }
        if swivel_ring_register_self(&ring) == 0 { features.insert(.registeredRing) }

        var buffers = swivel_buffer_ring()
        let registered = swivel_buffer_ring_open(&ring, &buffers, 16, 0)
        guard registered == 0 else { throw Missing(reason: "io_uring has no buffer rings: \(text(registered))") }
        swivel_buffer_ring_close(&ring, &buffers)
        if KernelTrial.receivesInOrder(&ring, group: 1, multishot: true, bundle: false) { features.insert(.multishot) }
        // Multishot accept came with the same kernel as the buffer rings that were just registered.
        features.insert(.multishotAccept)
        if ring.features & SWIVEL_FEAT_RECVSEND_BUNDLE != 0,
            KernelTrial.receivesInOrder(&ring, group: 2, multishot: features.contains(.multishot), bundle: true)
        {
            features.insert(.bundle)
        }
        return features
    }

    private static func text(_ result: Int32) -> String { String(cString: swivel_error_text(-result)) }
}
