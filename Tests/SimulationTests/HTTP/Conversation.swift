// One side of an HTTP conversation, without a connection: what has come leads to what is said next.
// Knows no link and no world's clock, so that two of them can be joined in a test without an engine.

class Conversation {
    /// What is to be done with the connection once all that was said has been written.
    enum Gesture: Equatable {
        /// Says that no more comes, and reads on.
        case end
        case close, reset
    }

    let ledger: Ledger
    var chance: Chance
    /// Said, and not taken by whoever carries it.
    var output: [UInt8] = []
    /// Bytes said in all.
    private(set) var saidCount = 0
    private(set) var readCount = 0
    var gesture: Gesture?
    /// The connection is to be reset now, or closed now.
    var isResetting = false
    var isLeaving = false
    /// When it wants to do something by itself.
    var wakesAt: UInt64?
    var now: UInt64 = 0
    /// Has left, or was cut off.
    private(set) var isOver = false

    init(_ ledger: Ledger) {
        self.ledger = ledger
        chance = Chance(seed: ledger.nextSeed())
    }

    func say(_ bytes: [UInt8]) {
        output += bytes
        saidCount += bytes.count
    }

    /// What was said after the first `count` bytes is taken back.
    func takeBack(after count: Int) {
        let excess = saidCount - count
        guard excess > 0 else { return }
        output.removeLast(min(excess, output.count))
        saidCount = count
    }

    func wake(after delay: UInt64) { wakesAt = now + delay }

    final func received(_ bytes: UnsafeBufferPointer<UInt8>) {
        readCount += bytes.count
        hear(bytes)
    }

    final func cutOff() {
        guard !isOver else { return }
        isOver = true
        lost()
    }

    // MARK: - What there is to act on

    func begin() {}
    func hear(_ bytes: UnsafeBufferPointer<UInt8>) {}
    /// The other side has finished.
    func ended() {}
    /// The connection was reset by the other side.
    func lost() {}
    func woke() {}
    /// This side is gone, whoever ended it.
    func left() { isOver = true }
    /// So many bytes of what was said have been written.
    func wrote(_ count: Int) {}
}
