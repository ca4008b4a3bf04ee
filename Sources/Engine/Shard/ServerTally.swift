// What one shard has done with each server: one writer, many readers.

internal import Synchronization

/// Figures of one server on one shard.
public enum ServerFigure: Int, CaseIterable, Sendable {
    case sessions, bytesIn, bytesOut, connectErrors
    /// WebSockets that have ended, what they took in all, and the messages that passed through them.
    case tunnelsEnded, tunnelMilliseconds, messagesIn, messagesOut
}

/// A shard's figures of every server; a plain handle to atomics that live as long as the data plane.
struct ServerTally: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory holds atomics only.
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>
    private let serverCount: Int
    private static var figureCount: Int { 8 }
    private static var cellCount: Int { figureCount + initiatorCount * CloseGroup.count }

    init(serverCount: Int) {
        precondition(ServerFigure.allCases.count == Self.figureCount, "every figure has a cell")
        self.serverCount = serverCount
        let count = max(1, serverCount * Self.cellCount)
        let bytes = count * MemoryLayout<Atomic<UInt64>>.stride
        cells = UnsafeMutableRawPointer.allocate(byteCount: (bytes + 255) & ~127, alignment: 128)
            .bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for index in 0..<count { (cells + index).initialize(to: Atomic(0)) }
    }

    func destroy() { UnsafeMutableRawPointer(cells).deallocate() }

    @inline(__always)
    func add(_ count: UInt64, to figure: ServerFigure, of server: Int) {
        add(count, at: server &* Self.cellCount &+ figure.rawValue)
    }

    /// Counts one of `figure`: who reads that, and then others, finds in them all that was added before.
    func countLast(_ figure: ServerFigure, of server: Int) {
        let cell = cells + (server * Self.cellCount + figure.rawValue)
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ 1, ordering: .releasing)
    }

    @inline(__always)
    private func add(_ count: UInt64, at place: Int) {
        let cell = cells + place
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }

    func value(_ figure: ServerFigure, of server: Int) -> UInt64 {
        cells[server * Self.cellCount + figure.rawValue].load(ordering: .acquiring)
    }

    // MARK: - Closes of WebSockets, by code and initiator

    private static var initiatorCount: Int { 4 }

    func countClose(_ code: UInt16, by initiator: CloseInitiator, of server: Int) {
        add(1, at: place(of: CloseGroup(code), initiator, server))
    }

    func closes(_ group: CloseGroup, by initiator: CloseInitiator, of server: Int) -> UInt64 {
        cells[place(of: group, initiator, server)].load(ordering: .relaxed)
    }

    private func place(of group: CloseGroup, _ initiator: CloseInitiator, _ server: Int) -> Int {
        server * Self.cellCount + Self.figureCount + Int(initiator.rawValue) * CloseGroup.count + group.index
    }
}
