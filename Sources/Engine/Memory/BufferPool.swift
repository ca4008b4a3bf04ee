// The shard's bytes in transit: receive buffers that the kernel fills, and spill chunks for bytes
// that must wait. One index space, so that a queue of bytes never asks which of the two it holds.
// Knows memory. Knows nothing of sockets, or of why bytes wait.

/// The shard's buffers. A plain handle to memory that lives until `destroy`: copies share it.
///
/// Indices below `receiveCount` are receive buffers; then come spill chunks and after them small ones, which
/// hold rewritten heads, each taken from a bounded reserve as it is first needed.
struct BufferPool: BitwiseCopyable {
    /// What one buffer holds now, and the buffer that follows it in its queue.
    struct Descriptor: BitwiseCopyable {
        var next: UInt32
        var offset: UInt32
        var count: UInt32
    }

    private struct State {
        var spillFree: UInt32 = BufferPool.none
        var spillTouched = 0
        var spillUsed = 0
        var smallFree: UInt32 = BufferPool.none
        var smallTouched = 0
        var smallUsed = 0
        /// Receive buffers given back since the engine last took them.
        var returned: UInt32 = BufferPool.none
        /// Receive buffers that hold bytes now.
        var receiveUsed = 0
    }

    static let none = UInt32.max
    /// Bytes of a spill chunk. A waiting direction holds at least one.
    static let spillBytes = 16 * 1024
    /// Bytes of a small chunk: most heads are shorter. A spill chunk for each would scatter a turn's heads over
    /// memory that no cache holds.
    static let smallBytes = 1024

    let receiveCount: Int
    let receiveBytes: Int
    let spillCount: Int
    let smallCount: Int
    private let receiveStride: Int
    private let receiveBase: UnsafeMutablePointer<UInt8>
    private let spillBase: UnsafeMutablePointer<UInt8>
    private let smallBase: UnsafeMutablePointer<UInt8>
    private let descriptors: UnsafeMutablePointer<Descriptor>
    private let state: UnsafeMutablePointer<State>

    /// - Parameters:
    ///   - receiveCount: receive buffers (0 where the engine receives into scratch memory).
    ///   - receiveBytes: size of each.
    ///   - spillCount: spill chunks at most.
    ///   - smallCount: small chunks at most.
    init(receiveCount: Int, receiveBytes: Int, spillCount: Int, smallCount: Int = 0) {
        self.receiveCount = receiveCount
        self.receiveBytes = receiveBytes
        self.spillCount = spillCount
        self.smallCount = smallCount
        // One line more than the size: starts at multiples of 4 KiB would share a few cache sets.
        receiveStride = receiveBytes + 64
        receiveBase = Pages.reserve(receiveCount * receiveStride, of: UInt8.self)
        spillBase = Pages.reserve(spillCount * Self.spillBytes, of: UInt8.self)
        smallBase = Pages.reserve(smallCount * Self.smallStride, of: UInt8.self)
        descriptors = Pages.reserve(receiveCount + spillCount + smallCount, of: Descriptor.self)
        state = .allocate(capacity: 1)
        state.initialize(to: State())
    }

    func destroy() {
        Pages.release(receiveBase, count: receiveCount * receiveStride)
        Pages.release(spillBase, count: spillCount * Self.spillBytes)
        Pages.release(smallBase, count: smallCount * Self.smallStride)
        Pages.release(descriptors, count: receiveCount + spillCount + smallCount)
        state.deallocate()
    }

    private static let smallStride = smallBytes + 64

    var spillUsed: Int { state.pointee.spillUsed }
    var smallUsed: Int { state.pointee.smallUsed }
    var receiveUsed: Int { state.pointee.receiveUsed }

    /// Whether there is room for what a receive may bring: an eighth of the receive buffers, or spill
    /// memory for one scratch buffer's worth where there are none.
    var canReceive: Bool {
        receiveCount == 0
            ? spillCount - spillUsed > Self.spillForScratch
            : receiveCount - receiveUsed >= max(1, receiveCount / 8)
    }

    /// Whether requests and answers may be collected ahead of whoever takes them: half of the reserve is theirs.
    var mayCollect: Bool { spillUsed < spillCount / 2 }

    /// Nearly all of the reserve is taken: whoever takes nothing of what waits for it is in everybody's way.
    var isNearlyUsedUp: Bool { spillUsed > spillCount / 8 * 7 }

    /// How many receives may be armed without one taking what another waits for.
    var receivesMax: Int { receiveCount == 0 ? .max : max(1, receiveCount - receiveUsed) }

    /// Chunks that 64 KiB need, the last one begun by other bytes.
    private static let spillForScratch = 5

    @inline(__always)
    subscript(index: UInt32) -> Descriptor {
        get {
            assert(Int(index) < receiveCount + spillCount + smallCount, "a buffer index comes from this pool")
            return descriptors[Int(index)]
        }
        nonmutating set { descriptors[Int(index)] = newValue }
    }

    @inline(__always)
    func isReceiveBuffer(_ index: UInt32) -> Bool { Int(index) < receiveCount }

    /// Where the buffer begins.
    @inline(__always)
    func base(of index: UInt32) -> UnsafeMutablePointer<UInt8> {
        let index = Int(index)
        if index < receiveCount { return receiveBase + index * receiveStride }
        let chunk = index - receiveCount
        return chunk < spillCount ? spillBase + chunk * Self.spillBytes : smallBase + (chunk - spillCount) * Self.smallStride
    }

    /// Whether the buffer is a small chunk.
    @inline(__always)
    func isSmall(_ index: UInt32) -> Bool { Int(index) >= receiveCount + spillCount }

    /// Bytes that the chunk can hold.
    @inline(__always)
    func chunkBytes(_ index: UInt32) -> Int { isSmall(index) ? Self.smallBytes : Self.spillBytes }

    /// A spill chunk, empty, or `none` where the reserve is used up.
    func takeSpill() -> UInt32 {
        let index: UInt32
        if state.pointee.spillFree != Self.none {
            index = state.pointee.spillFree
            state.pointee.spillFree = self[index].next
        } else if state.pointee.spillTouched < spillCount {
            index = UInt32(truncatingIfNeeded: receiveCount + state.pointee.spillTouched)
            state.pointee.spillTouched += 1
        } else {
            return Self.none
        }
        state.pointee.spillUsed += 1
        self[index] = Descriptor(next: Self.none, offset: 0, count: 0)
        return index
    }

    /// A small chunk, empty, or else a spill chunk, or `none` where both reserves are used up.
    @inline(__always)
    func takeSmall() -> UInt32 {
        let index: UInt32
        if state.pointee.smallFree != Self.none {
            index = state.pointee.smallFree
            state.pointee.smallFree = self[index].next
        } else if state.pointee.smallTouched < smallCount {
            index = UInt32(truncatingIfNeeded: receiveCount + spillCount + state.pointee.smallTouched)
            state.pointee.smallTouched += 1
        } else {
            return takeSpill()
        }
        state.pointee.smallUsed += 1
        self[index] = Descriptor(next: Self.none, offset: 0, count: 0)
        return index
    }

    /// The kernel has filled this receive buffer.
    @inline(__always)
    func filled(_ index: UInt32, count: Int) {
        state.pointee.receiveUsed &+= 1
        self[index] = Descriptor(next: Self.none, offset: 0, count: UInt32(truncatingIfNeeded: count))
    }

    /// Frees the buffer: a chunk is free at once, a receive buffer once the engine has taken it.
    @inline(__always)
    func giveBack(_ index: UInt32) {
        if isReceiveBuffer(index) {
            self[index].next = state.pointee.returned
            state.pointee.returned = index
            state.pointee.receiveUsed &-= 1
        } else if isSmall(index) {
            self[index].next = state.pointee.smallFree
            state.pointee.smallFree = index
            state.pointee.smallUsed &-= 1
        } else {
            self[index].next = state.pointee.spillFree
            state.pointee.spillFree = index
            state.pointee.spillUsed &-= 1
        }
    }

    /// One receive buffer that was given back, for the engine to offer to the kernel again.
    @inline(__always)
    func takeReturned() -> UInt32 {
        let index = state.pointee.returned
        if index != Self.none { state.pointee.returned = self[index].next }
        return index
    }
}
