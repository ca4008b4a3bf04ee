// How long a head may be.

/// What a peer may make us read and keep before it is refused. The fields of a trailer are bounded elsewhere.
public struct HeadLimits: Equatable, BitwiseCopyable, Sendable {
    /// From the method to the version, or from the version to the end of the reason, without CR LF.
    public var requestLineBytesMax: Int
    /// Also the room that the caller has for `HeadField`s.
    public var fieldsMax: Int
    /// Name, colon, value and the white space around it of one field, without CR LF.
    public var fieldBytesMax: Int
    /// All of it, the empty line included.
    public var headBytesMax: Int

    public init(
        requestLineBytesMax: Int = 8_190, fieldsMax: Int = 100, fieldBytesMax: Int = 8_190, headBytesMax: Int = 32_768
    ) {
        self.requestLineBytesMax = requestLineBytesMax
        self.fieldsMax = fieldsMax
        self.fieldBytesMax = fieldBytesMax
        self.headBytesMax = headBytesMax
    }
}
