// A file that is sent as the body of an answer of our own.

/// A file as it was when the configuration was judged.
public struct StaticFile: Equatable, Sendable {
    public var path: String
    /// At most 1 MiB.
    public var bytes: [UInt8]
    /// By the ending of its name.
    public var contentType: String

    public init(path: String, bytes: [UInt8], contentType: String) {
        self.path = path
        self.bytes = bytes
        self.contentType = contentType
    }
}
