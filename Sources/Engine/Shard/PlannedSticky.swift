// By what a backend's clients keep their server, as shards use it.

internal import Balancing
internal import Config

/// A cookie's name and what it says for each server, or a table of addresses. A plain handle to memory that lives as
/// long as the plan.
struct PlannedSticky: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable { case off, cookie, source }

    private struct Place: BitwiseCopyable {
        var hash: UInt64
        var server: UInt32
    }

    let kind: Kind
    let cookieName: PlannedName
    /// By server; empty: it has none.
    private let values: UnsafeMutableBufferPointer<PlannedName>
    /// By the hashes of the values, which go up.
    private let places: UnsafeMutableBufferPointer<Place>
    /// Of the cookie; `nil`: it lasts as long as the browser's session.
    let maxAgeSeconds: UInt64?
    /// Of `.source`.
    let table: StickyTable?

    init(_ backend: Backend, seed: UInt64) {
        var name = ""
        switch backend.sticky {
        case .off: kind = .off
        case .source: kind = .source
        case .cookie(let asked): (kind, name) = (.cookie, asked)
        }
        cookieName = PlannedName(name)
        let texts = kind == .cookie ? backend.servers.map { $0.cookieValue ?? "" } : []
        values = .allocate(capacity: texts.count)
        _ = values.initialize(from: texts.map { PlannedName($0) })
        let known = texts.enumerated().filter { !$1.isEmpty }.map { Place(hash: StableHash.hash($1), server: UInt32($0)) }
        places = .allocate(capacity: known.count)
        _ = places.initialize(from: known.sorted { $0.hash < $1.hash })
        maxAgeSeconds = backend.stickyMilliseconds.map { max(1, $0 / 1000) }
        table = kind == .source ? StickyTable(keptMilliseconds: backend.stickyMilliseconds ?? Self.sourceMilliseconds, seed: seed) : nil
    }

    private static var sourceMilliseconds: UInt64 { 30 * 60 * 1000 }

    func destroy() {
        cookieName.destroy()
        for value in values { value.destroy() }
        values.deallocate()
        places.deallocate()
        table?.destroy()
    }

    /// Bytes of the longest line that sets the cookie.
    var lineBytesMax: Int { 160 + cookieName.bytes.count + values.reduce(0) { max($0, $1.bytes.count) } }

    func cookieValue(of server: Int) -> UnsafeRawBufferPointer { values[server].bytes }

    /// The server that a cookie's value names; `nil`: none of this backend.
    func server(named value: UnsafeRawBufferPointer) -> Int? {
        let hash = StableHash.hash(value.bytes)
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low &+ high) / 2
            if places[middle].hash < hash { low = middle &+ 1 } else { high = middle }
        }
        guard low < places.count, places[low].hash == hash else { return nil }
        let server = Int(places[low].server)
        // Every byte is looked at: how long it takes tells nothing of how much was right.
        let known = values[server].bytes
        guard known.count == value.count else { return nil }
        var difference: UInt8 = 0
        for index in 0..<known.count { difference |= known[index] ^ value[index] }
        return difference == 0 ? server : nil
    }
}
