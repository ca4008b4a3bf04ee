// What one shard has done with each server: one writer, many readers.

internal import Synchronization

/// Figures of one server on one shard.
public enum ServerFigure: Int, CaseIterable, Sendable {
    case sessions, bytesIn, bytesOut, connectErrors
}

/// A shard's figures of every server; a plain handle to atomics that live as long as the data plane.
struct ServerTally: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory holds atomics only.
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>
    private let serverCount: Int
    private static var figureCount: Int { 4 }

    init(serverCount: Int) {
        precondition(ServerFigure.allCases.count == Self.figureCount, "every figure has a cell")
        self.serverCount = serverCount
        let count = max(1, serverCount * ServerFigure.allCases.count)
        let bytes = count * MemoryLayout<Atomic<UInt64>>.stride
        cells = UnsafeMutableRawPointer.allocate(byteCount: (bytes + 255) & ~127, alignment: 128)
            .bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for index in 0..<count { (cells + index).initialize(to: Atomic(0)) }
    }

    func destroy() { UnsafeMutableRawPointer(cells).deallocate() }

    @inline(__always)
    func add(_ count: UInt64, to figure: ServerFigure, of server: Int) {
        let cell = cells + (server &* Self.figureCount &+ figure.rawValue)
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }

    func value(_ figure: ServerFigure, of server: Int) -> UInt64 {
        cells[server * Self.figureCount + figure.rawValue].load(ordering: .relaxed)
    }
}
