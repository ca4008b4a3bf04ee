// What tests of routes share: a request written down, and rules that are freed again.

@testable import Balancing

/// A request as a test writes it.
struct WrittenRequest {
    var host = "a.com"
    var path = "/"
    var query = ""
    var method = "GET"
    var headers: [(name: String, value: String)] = []
    /// Bytes of IPv4.
    var source: (UInt8, UInt8, UInt8, UInt8)? = (10, 0, 0, 1)
    var sourceIPv6: (high: UInt64, low: UInt64) = (0, 0)
    var upgrade = ""
    var isSecure = false

    var address: (high: UInt64, low: UInt64) {
        guard let source else { return sourceIPv6 }
        let bits = UInt64(source.0) << 24 | UInt64(source.1) << 16 | UInt64(source.2) << 8 | UInt64(source.3)
        return (0, 0xffff_0000_0000 | bits)
    }

    /// The number of the rule that `routes` find. Every text ends with its own memory, so that a look too far shows
    /// under a sanitizer.
    func match(_ routes: Routes) -> Int? {
        var values: [Bytes] = []
        var starts = [0]
        for place in 0..<routes.headerNames.count {
            let name = String(decoding: routes.headerNames.name(at: place), as: UTF8.self)
            values += headers.filter { $0.name.lowercased() == name }.map { Bytes($0.value) }
            starts.append(values.count)
        }
        let (host, path, query, method, upgrade) = (
            Bytes(self.host), Bytes(self.path), Bytes(self.query), Bytes(self.method), Bytes(self.upgrade)
        )
        let pointers = values.map { $0.bytes }
        defer { for bytes in values + [host, path, query, method, upgrade] { bytes.free() } }
        return pointers.withUnsafeBufferPointer { pointers in
            // Without names nothing reads there.
            let none = UnsafeMutablePointer<UnsafeRawBufferPointer>.allocate(capacity: 1)
            defer { none.deallocate() }
            return starts.withUnsafeBufferPointer { starts in
                routes.match(
                    RouteRequest(
                        host: host.bytes, path: path.bytes, query: query.bytes, method: method.bytes, address: address,
                        headerValues: pointers.baseAddress ?? UnsafePointer(none),
                        headerStarts: starts.baseAddress!, upgrade: upgrade.bytes, isSecure: isSecure))
            }
        }
    }

    private struct Bytes {
        let bytes: UnsafeRawBufferPointer

        init(_ text: String) {
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
            room.copyBytes(from: text.utf8)
            bytes = UnsafeRawBufferPointer(room)
        }

        func free() { bytes.deallocate() }
    }
}

/// Runs `body` with routes and frees them afterwards.
func withRoutes<Answer>(_ rules: [RouteRule], _ body: (Routes) throws -> Answer) throws -> Answer {
    let routes = try Routes(rules)
    defer { routes.destroy() }
    return try body(routes)
}
