// The engines and feature tiers that every relay test runs on: what kernels lack is masked away here.

import Config
import Testing

@testable import Engine

/// One engine with the features it may use.
struct Tier: Sendable, CustomTestStringConvertible {
    let name: String
    let engine: ProcessOptions.Engine
    /// As in SWIVEL_KERNEL_FEATURES.
    let mask: String

    var testDescription: String { name }
    var isRing: Bool { engine == .ioUring }

    static let epoll = Tier(name: "epoll", engine: .epoll, mask: "")
    static let ring = Tier(name: "io_uring", engine: .ioUring, mask: "")

    /// Every tier of io_uring, whether it can run here or not.
    static let rings: [Tier] =
        [ring]
        + [
            "-bundle", "-bundle,-multishot", "-quiet-send", "-defer-taskrun", "-registered-ring", "-multishot-accept",
            "-bundle,-multishot,-quiet-send,-defer-taskrun,-registered-ring,-multishot-accept,-message-ring",
        ].map { Tier(name: "io_uring \($0)", engine: .ioUring, mask: $0) }

    /// All that can run here: epoll always, io_uring where it is allowed.
    static let available: [Tier] = (Machine.hasRing ? rings : []) + [epoll]

    /// One of each engine, for what takes long.
    static let engines: [Tier] = (Machine.hasRing ? [ring] : []) + [epoll]
}
