// The header fields that routes ask for: a request's are looked up once, not once a route.

/// Names in small letters, none twice. A plain handle to memory that lives until `Routes.destroy`.
public struct RouteHeaderNames: BitwiseCopyable {
    /// Different names that the routes of one frontend may ask for.
    public static let countMax = 16

    public let count: Int
    private let bytes: UnsafeMutableRawBufferPointer
    /// Where each begins; one more than there are names.
    private let starts: UnsafeMutablePointer<Int>

    init(_ names: [[UInt8]]) {
        precondition(names.count <= Self.countMax, "whoever reads the routes refuses more than \(Self.countMax) header names")
        count = names.count
        let joined = names.flatMap { $0 }
        bytes = .allocate(byteCount: max(joined.count, 1), alignment: 1)
        bytes.copyBytes(from: joined)
        starts = .allocate(capacity: count + 1)
        var start = 0
        for (place, name) in names.enumerated() {
            (starts + place).initialize(to: start)
            start += name.count
        }
        (starts + count).initialize(to: start)
    }

    func destroy() {
        bytes.deallocate()
        starts.deallocate()
    }

    public func name(at place: Int) -> UnsafeRawBufferPointer {
        precondition(place >= 0 && place < count, "a place is one of these names'")
        return UnsafeRawBufferPointer(rebasing: bytes[starts[place]..<starts[place + 1]])
    }
}
