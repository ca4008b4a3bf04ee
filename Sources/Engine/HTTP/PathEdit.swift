// A prefix that is taken from a request's path, and one that is put before it.

internal import Config

/// One strip and one add, in this order.
struct PathEdit: BitwiseCopyable {
    private let stripped: PlannedName
    private let added: PlannedName

    init(_ rewriting: Rewriting) {
        stripped = PlannedName(rewriting.stripPrefix ?? "")
        added = PlannedName(rewriting.addPrefix ?? "")
    }

    func destroy() {
        stripped.destroy()
        added.destroy()
    }

    var isEmpty: Bool { stripped.bytes.isEmpty && added.bytes.isEmpty }
    /// Bytes that it can make a path longer by.
    var addedBytes: Int { added.bytes.count + 1 }

    /// Edits the path that stands in `writer` from `start` to its end, with a query or without. It begins with `/`
    /// before and after, as prefixes do; none ends in one.
    func apply(to writer: inout HeadWriter, from start: Int) {
        let length = strippedBytes(UnsafeRawBufferPointer(rebasing: writer.bytes[start...]))
        writer.replace(start, length, with: added.bytes)
        guard writer.isWhole, added.bytes.isEmpty, writer.count == start || writer.bytes[start] != UInt8(ascii: "/") else {
            return
        }
        var slash = UInt8(ascii: "/")
        withUnsafeBytes(of: &slash) { writer.replace(start, 0, with: $0) }
    }

    /// How many bytes are taken: 0 where the path does not begin with the prefix, or the prefix ends within a segment.
    /// Of slashes behind it one is left: what begins with two is a host to many.
    private func strippedBytes(_ path: UnsafeRawBufferPointer) -> Int {
        let count = stripped.bytes.count
        guard count > 0, path.count >= count else { return 0 }
        for index in 0..<count where path[index] != stripped.bytes[index] { return 0 }
        guard path.count > count, path[count] != UInt8(ascii: "?") else { return count }
        guard path[count] == UInt8(ascii: "/") else { return 0 }
        var length = count
        while length &+ 1 < path.count, path[length &+ 1] == UInt8(ascii: "/") { length &+= 1 }
        return length
    }
}
