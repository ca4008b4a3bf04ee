// The field lines of a head, read in one pass: where each stands, and what those say that rule the message.
// Knows lines and names. What single values mean stands in FieldValues.

/// What has been gathered so far.
struct FieldBlock {
    let isRequest: Bool
    let minorVersion: UInt8
    var fieldCount = 0
    var seen: Seen = []
    var facts: HeadFacts = []
    var host = ByteRange()
    /// Of the only Upgrade field; empty where there are more.
    var upgrade = ByteRange()
    var contentLength: UInt64 = 0
    /// From Keep-Alive; 0 where it is not said.
    var keepAliveSeconds = 0
    /// Options of Connection that name fields which are not dropped anyway.
    var optionCount = 0

    /// What may come once only, or rules with others.
    struct Seen: OptionSet {
        var rawValue: UInt8

        static let host = Seen(rawValue: 1 << 0)
        static let length = Seen(rawValue: 1 << 1)
        static let coding = Seen(rawValue: 1 << 2)
        static let expectation = Seen(rawValue: 1 << 3)
        static let webSocket = Seen(rawValue: 1 << 4)
    }

    /// The last number of options that each field is compared with: a head of 32 KiB could hold 16,000, and more
    /// than a handful is no honest message.
    static let optionsMax = 32

    init(isRequest: Bool, minorVersion: UInt8) {
        self.isRequest = isRequest
        self.minorVersion = minorVersion
    }

    /// Reads lines from `start` on to the empty one.
    ///
    /// - Parameter fields: has room for `limits.fieldsMax`.
    /// - Returns: the place behind the empty line.
    @inline(__always)
    mutating func read(
        _ bytes: Span<UInt8>, from start: Int, bounds: HeadBounds, limits: HeadLimits,
        into fields: UnsafeMutablePointer<HeadField>
    ) throws(HeadStop) -> Int {
        var lineStart = start
        while true {
            guard lineStart < bounds.end else { throw bounds.shortage }
            if bytes[lineStart] == Octet.carriageReturn {
                let end = try LineEnd.read(bytes, at: lineStart, bounds: bounds, otherwise: .fieldNameMalformed)
                if optionCount > 0 { unsafe dropOptions(bytes, fields) }
                return end
            }
            guard fieldCount < limits.fieldsMax else { throw .rejected(.tooManyFields) }
            var field = HeadField()
            let next = try readLine(bytes, from: lineStart, bounds: bounds, fieldBytesMax: limits.fieldBytesMax, into: &field)
            // The caller has room for `fieldsMax`, which `fieldCount` is below.
            unsafe fields[fieldCount] = field
            fieldCount &+= 1
            lineStart = next
        }
    }

    /// The scans check their bounds, which are within the bytes: a place before `bound` needs no second check.
    ///
    /// - Returns: where the next line begins.
    @inline(__always)
    private mutating func readLine(
        _ bytes: Span<UInt8>, from start: Int, bounds: HeadBounds, fieldBytesMax: Int, into field: inout HeadField
    ) throws(HeadStop) -> Int {
        let bound = bounds.lineBound(from: start, bytesMax: fieldBytesMax)
        let nameEnd = bytes.tokenEnd(from: start, to: bound)
        guard nameEnd < bound else { throw lineStop(start, bounds, fieldBytesMax) }
        let nameCount = nameEnd &- start
        let colon = unsafe bytes[unchecked: nameEnd]
        guard colon == Octet.colon, nameCount > 0 else { throw Self.nameStop(colon, nameCount: nameCount) }
        guard nameCount <= UInt16.max else { throw .rejected(.fieldTooLong) }

        var valueStart = nameEnd &+ 1
        while valueStart < bound, unsafe Octet.isBlank(bytes[unchecked: valueStart]) { valueStart &+= 1 }
        let textEnd = bytes.valueEnd(from: valueStart, to: bound)
        guard textEnd < bound else { throw lineStop(start, bounds, fieldBytesMax) }
        let next = try LineEnd.read(bytes, at: textEnd, bounds: bounds, otherwise: .fieldValueMalformed)
        var valueEnd = textEnd
        while valueEnd > valueStart, unsafe Octet.isBlank(bytes[unchecked: valueEnd &- 1]) { valueEnd &-= 1 }

        let name = FieldName.named(bytes, start: start, count: nameCount)
        var isDropped = false
        if name.isActedOn {
            isDropped = try act(on: name, bytes, valueStart..<valueEnd, hasBlankEnd: valueEnd < textEnd)
        }
        field = HeadField(
            nameStart: UInt32(truncatingIfNeeded: start), nameCount: UInt16(truncatingIfNeeded: nameCount), name: name,
            isDropped: isDropped, valueStart: UInt32(truncatingIfNeeded: valueStart),
            valueCount: UInt32(truncatingIfNeeded: valueEnd &- valueStart))
        return next
    }

    private func lineStop(_ start: Int, _ bounds: HeadBounds, _ bytesMax: Int) -> HeadStop {
        bounds.lineStop(from: start, bytesMax: bytesMax, rejection: .fieldTooLong)
    }

    /// What a line is whose name is not followed by a colon, or is empty.
    private static func nameStop(_ byte: UInt8, nameCount: Int) -> HeadStop {
        switch byte {
        case Octet.colon: .rejected(.fieldNameEmpty)
        case Octet.blank, Octet.tab: .rejected(nameCount == 0 ? .foldedLine : .blankBeforeColon)
        case Octet.carriageReturn: .rejected(.colonMissing)
        case Octet.lineFeed: .rejected(.bareLineFeed)
        default: .rejected(.fieldNameMalformed)
        }
    }

    /// Marks the fields that Connection names.
    private func dropOptions(_ bytes: Span<UInt8>, _ fields: UnsafeMutablePointer<HeadField>) {
        for index in 0..<fieldCount where unsafe fields[index].name == .connection {
            let value = unsafe fields[index].valueRange.indices
            var elements = ListElements(value)
            while let option = elements.next(in: bytes) {
                for place in 0..<fieldCount where unsafe Int(fields[place].nameCount) == option.count {
                    let name = unsafe fields[place].nameRange.indices
                    if Self.equal(bytes, name, option) { unsafe fields[place].isDropped = true }
                }
            }
        }
    }

    /// Whether two tokens of one length are the same but for the case of their letters.
    private static func equal(_ bytes: Span<UInt8>, _ one: Range<Int>, _ other: Range<Int>) -> Bool {
        for place in 0..<one.count {
            let (a, b) = (bytes[one.lowerBound + place], bytes[other.lowerBound + place])
            if a == b { continue }
            // Only letters differ in bit 5 alone and are still one letter.
            guard a ^ b == 0x20, (a | 0x20) &- UInt8(ascii: "a") < 26 else { return false }
        }
        return true
    }
}
