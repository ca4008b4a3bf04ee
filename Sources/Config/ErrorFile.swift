// What our own answers of one status say.

/// The body of answers that are not a server's.
public struct ErrorFile: Equatable, Sendable {
    /// 400 to 599.
    public var status: Int
    public var file: StaticFile

    public init(status: Int, file: StaticFile) {
        self.status = status
        self.file = file
    }
}
