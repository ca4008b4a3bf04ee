// One field of a head: where it stands, and which one it is.

/// Places are offsets into the head's bytes.
public struct HeadField: Equatable, BitwiseCopyable, Sendable {
    public var nameStart: UInt32
    public var nameCount: UInt16
    public var name: FieldName
    /// Not to be forwarded: hop-by-hop (RFC 9110 section 7.6.1), or an option of Connection.
    public var isDropped: Bool
    /// The white space around the value is not part of it; what stands between name and value is a colon and
    /// blanks or tabs. The value may be empty.
    public var valueStart: UInt32
    public var valueCount: UInt32

    public init(
        nameStart: UInt32 = 0, nameCount: UInt16 = 0, name: FieldName = .other, isDropped: Bool = false,
        valueStart: UInt32 = 0, valueCount: UInt32 = 0
    ) {
        self.nameStart = nameStart
        self.nameCount = nameCount
        self.name = name
        self.isDropped = isDropped
        self.valueStart = valueStart
        self.valueCount = valueCount
    }

    public var nameRange: ByteRange { ByteRange(start: nameStart, count: UInt32(nameCount)) }
    public var valueRange: ByteRange { ByteRange(start: valueStart, count: valueCount) }
}
