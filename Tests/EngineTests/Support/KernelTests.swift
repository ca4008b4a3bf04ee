// The suite of all tests that open descriptors. They run one at a time: each counts what is left open in
// the whole process afterwards, and none has to share two cores with another's traffic.

import Testing

@testable import Engine

/// Everything that needs the real kernel.
@Suite("On the real kernel", .serialized)
enum KernelTests {}

/// What this machine's kernel has to offer.
enum Machine {
    /// The features of io_uring, or why it cannot be used here.
    static let features: Result<KernelFeatures, KernelFeatures.Missing> = Result { () throws(KernelFeatures.Missing) in
        try KernelFeatures.probe()
    }

    static var hasRing: Bool { if case .success = features { true } else { false } }

    /// The reason shown beside a test that is skipped for want of io_uring.
    static var ringComment: Comment {
        if case .failure(let missing) = features { "io_uring cannot be used here: \(missing.reason)" } else { "io_uring is available" }
    }
}
