// From the name of a host to what belongs to it: one look, however many names there are.

/// Names and a list each. A plain handle to memory that lives until `destroy`.
struct HostTable: BitwiseCopyable {
    private struct Cell: BitwiseCopyable {
        /// The hash before it is mixed.
        var hash: UInt64
        var start: UInt32
        /// 0: the cell is free.
        var count: UInt32
        var list: UInt32
    }

    private let cells: UnsafeMutablePointer<Cell>
    private let cellCount: Int
    /// The names, in small letters, one after another.
    private let bytes: UnsafeMutablePointer<UInt8>
    /// A bit by the length of each name modulo 64: most domains that a host lies in are passed over without a look.
    private let lengths: UInt64
    let isEmpty: Bool

    /// - Parameter names: in small letters, none twice and none empty; with the number of the list of each.
    init(_ names: [(name: [UInt8], list: UInt32)]) {
        isEmpty = names.isEmpty
        // At most half full: a look ends soon, also one in vain.
        var count = 4
        while count < 2 * names.count { count *= 2 }
        cellCount = count
        cells = .allocate(capacity: count)
        cells.initialize(repeating: Cell(hash: 0, start: 0, count: 0, list: 0), count: count)
        bytes = .allocate(capacity: names.reduce(1) { $0 + $1.name.count })
        var (used, lengths) = (0, UInt64(0))
        for (name, list) in names {
            let hash = RouteHost.hash(name)
            var place = Self.place(hash, in: count)
            while cells[place].count > 0 { place = (place + 1) & (count - 1) }
            cells[place] = Cell(hash: hash, start: UInt32(used), count: UInt32(name.count), list: list)
            (bytes + used).initialize(from: name, count: name.count)
            used += name.count
            lengths |= 1 << UInt64(name.count & 63)
        }
        self.lengths = lengths
    }

    func destroy() {
        cells.deallocate()
        bytes.deallocate()
    }

    /// The list of the name, which has that hash.
    @inline(__always)
    func list(of name: UnsafeRawBufferPointer, hash: UInt64) -> UInt32? {
        guard lengths & 1 << UInt64(name.count & 63) != 0 else { return nil }
        var place = Self.place(hash, in: cellCount)
        while cells[place].count > 0 {
            if cells[place].hash == hash, isName(name, cells[place]) { return cells[place].list }
            place = (place &+ 1) & (cellCount &- 1)
        }
        return nil
    }

    private func isName(_ name: UnsafeRawBufferPointer, _ cell: Cell) -> Bool {
        guard name.count == Int(cell.count) else { return false }
        let own = bytes + Int(cell.start)
        var index = 0
        while index < name.count {
            guard RouteHost.lowered(name[index]) == own[index] else { return false }
            index &+= 1
        }
        return true
    }

    @inline(__always)
    private static func place(_ hash: UInt64, in count: Int) -> Int {
        Int(truncatingIfNeeded: hash ^ hash >> 32) & (count &- 1)
    }
}
