// The name of a slot that knows when the slot has a new tenant.

/// A slot's index with the generation of its tenant. A completion that comes late for a closed
/// connection carries the old generation, so it finds nothing rather than a stranger.
struct Handle: Equatable, BitwiseCopyable {
    var slot: UInt32
    /// 24 bits: the same slot comes round to the same generation after 16,777,215 tenants.
    var generation: UInt32

    static let generationMask: UInt32 = 0xff_ffff
}
