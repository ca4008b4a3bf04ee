// The shard's pipes for flows that go zero-copy: few, so they are pooled and bounded.
// Knows descriptors and counts. Knows nothing of flows.

/// A pipe by its place in the pool.
struct PipeIndex: Equatable, BitwiseCopyable {
    var rawValue: UInt16
    static let none = PipeIndex(rawValue: .max)
}

/// Pipes are made on first use and kept. A pipe goes back only when it is empty.
///
/// A user without privileges has 64 MiB of pipe pages (`fs.pipe-user-pages-soft`); beyond them a new
/// pipe has one page and splice falls off a cliff, so the pool stays below that.
struct PipePool: ~Copyable {
    /// Capacity asked of a pipe. Measured with 1 and with 32 streams: 128 KiB to 1 MiB cost the same within 4 %.
    static var pipeBytes: Int { 256 * 1024 }
    private static var usefulBytes: Int32 { 64 * 1024 }

    struct Pipe: BitwiseCopyable {
        var reading: Int32
        var writing: Int32
        var capacityBytes: Int32
    }

    let capacity: Int
    private let pipes: UnsafeMutablePointer<Pipe>
    private let freePlaces: UnsafeMutablePointer<UInt16>
    private var freeCount: Int
    /// Pipes lent out now.
    var usedCount: Int { capacity - freeCount }

    var hasFree: Bool { freeCount > 0 }

    init(capacity: Int) {
        precondition(capacity < Int(UInt16.max), "a pipe's index has 16 bits")
        self.capacity = capacity
        pipes = .allocate(capacity: max(capacity, 1))
        pipes.initialize(repeating: Pipe(reading: -1, writing: -1, capacityBytes: 0), count: max(capacity, 1))
        freePlaces = .allocate(capacity: max(capacity, 1))
        // The lowest place on top: pipes in use stay few and warm.
        for place in 0..<capacity { freePlaces[place] = UInt16(truncatingIfNeeded: capacity - 1 - place) }
        freeCount = capacity
    }

    deinit {
        pipes.deallocate()
        freePlaces.deallocate()
    }

    subscript(index: PipeIndex) -> Pipe {
        precondition(Int(index.rawValue) < capacity, "a pipe's index comes from this pool")
        return pipes[Int(index.rawValue)]
    }

    /// An empty pipe, or `none` where the pool is used up or the kernel gives no more.
    mutating func take<IO: ShardIO & ~Copyable>(from io: inout IO) -> PipeIndex {
        guard freeCount > 0 else { return .none }
        let place = Int(freePlaces[freeCount - 1])
        if pipes[place].capacityBytes == 0 {
            var pipe = Pipe(reading: -1, writing: -1, capacityBytes: 0)
            pipe.capacityBytes = io.makePipe(&pipe.reading, &pipe.writing)
            guard pipe.capacityBytes > 0 else { return .none }
            guard pipe.capacityBytes >= Self.usefulBytes else {
                // The user's pipe pages are used up: copying beats a pipe of a page or two.
                io.close(pipe.reading, abruptly: false)
                io.close(pipe.writing, abruptly: false)
                return .none
            }
            pipes[place] = pipe
        }
        freeCount -= 1
        return PipeIndex(rawValue: UInt16(truncatingIfNeeded: place))
    }

    /// Gives back a pipe. One that still holds bytes is closed, so that no other flow ever sees them.
    mutating func giveBack<IO: ShardIO & ~Copyable>(_ index: PipeIndex, isEmpty: Bool, to io: inout IO) {
        if !isEmpty { close(Int(index.rawValue), in: &io) }
        freePlaces[freeCount] = index.rawValue
        freeCount += 1
    }

    /// Closes every pipe, at the end.
    mutating func closeAll<IO: ShardIO & ~Copyable>(in io: inout IO) {
        for place in 0..<capacity where pipes[place].capacityBytes > 0 { close(place, in: &io) }
    }

    private mutating func close<IO: ShardIO & ~Copyable>(_ place: Int, in io: inout IO) {
        io.close(pipes[place].reading, abruptly: false)
        io.close(pipes[place].writing, abruptly: false)
        pipes[place] = Pipe(reading: -1, writing: -1, capacityBytes: 0)
    }
}
