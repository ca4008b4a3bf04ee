// What a request says of itself, and who sent it, for texts of the configuration with variables.
// Knows heads. Knows nothing of what the texts are for.

internal import Codecs
internal import Config

/// The values of the variables, for one request. They point into memory of the shard.
struct RequestTexts {
    let bytes: UnsafeRawBufferPointer
    let head: RequestHead
    let clientText: UnsafeRawBufferPointer
    let requestID: UnsafeRawBufferPointer
    /// Stands in for a Host that HTTP/1.0 may lack.
    let ownHost: UnsafeRawBufferPointer
    /// The client came by https, as a proxy says that is believed.
    let isSecure: Bool
    let serverName: UnsafeRawBufferPointer

    func write(_ variable: TextTemplate.Variable, into writer: inout HeadWriter) {
        switch variable {
        case .host: writer.append(Self.host(head.authority.count > 0 ? slice(head.authority) : ownHost))
        case .requestURI: writeTarget(slice(head.pathAndQuery), into: &writer)
        case .uri: writeTarget(slice(head.path), into: &writer)
        case .args: writer.append(slice(head.query))
        case .scheme: writer.append(isSecure ? "https" : "http")
        case .remoteAddress: writer.append(clientText)
        case .requestID: writer.append(requestID)
        case .serverName: writer.append(serverName)
        }
    }

    /// What stands behind a host: at least its `/`. The `*` of OPTIONS has no place there.
    private func writeTarget(_ target: UnsafeRawBufferPointer, into writer: inout HeadWriter) {
        let isPath = head.form == .origin || head.form == .absolute
        if !isPath || target.first != UInt8(ascii: "/") { writer.append("/") }
        if isPath { writer.append(target) }
    }

    /// The host of an authority without its port; an IPv6 address keeps its brackets.
    static func host(_ authority: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let end: UInt8 = authority.first == UInt8(ascii: "[") ? UInt8(ascii: "]") : UInt8(ascii: ":")
        var count = 0
        while count < authority.count, authority[count] != end { count &+= 1 }
        if end == UInt8(ascii: "]"), count < authority.count { count &+= 1 }
        return UnsafeRawBufferPointer(rebasing: authority[..<count])
    }

    @inline(__always)
    private func slice(_ range: ByteRange) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range.indices]) }
}
