// What routes look at of a request: bytes where they lie, and numbers.

/// Borrowed for the length of a call.
public struct RouteRequest {
    /// As the request names it, a port and all; empty where it names none.
    public var host: UnsafeRawBufferPointer
    /// Normalised, without the query.
    public var path: UnsafeRawBufferPointer
    /// Behind the question mark, as it came.
    public var query: UnsafeRawBufferPointer
    public var method: UnsafeRawBufferPointer
    /// The client's address, IPv4 as `::ffff:a.b.c.d`; `nil`: it has none, and is in no network.
    public var address: (high: UInt64, low: UInt64)?
    /// The values of the fields that routes ask for, one line behind the other, by their places in `Routes.headerNames`.
    public var headerValues: UnsafePointer<UnsafeRawBufferPointer>
    /// Where the lines of each name begin among them, and behind the last name where they end.
    public var headerStarts: UnsafePointer<Int>
    /// The value of Upgrade where the request asks for one (`Connection: upgrade`), else empty.
    public var upgrade: UnsafeRawBufferPointer
    /// The client came by https.
    public var isSecure: Bool

    public init(
        host: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer, query: UnsafeRawBufferPointer,
        method: UnsafeRawBufferPointer, address: (high: UInt64, low: UInt64)?,
        headerValues: UnsafePointer<UnsafeRawBufferPointer>, headerStarts: UnsafePointer<Int>, upgrade: UnsafeRawBufferPointer,
        isSecure: Bool = false
    ) {
        self.host = host
        self.path = path
        self.query = query
        self.method = method
        self.address = address
        self.headerValues = headerValues
        self.headerStarts = headerStarts
        self.upgrade = upgrade
        self.isSecure = isSecure
    }
}
