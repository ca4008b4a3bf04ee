// Heads read as the tests look at them: texts rather than places, from bytes that end at an unreadable page.

import Codecs

/// One field as text.
struct ReadField: Equatable {
    var name: String
    var value: String
    var known: FieldName
    var isDropped: Bool
}

/// What `RequestHead.parse` made of some bytes.
struct ReadRequest {
    var outcome: HeadOutcome
    var head: RequestHead
    var fields: [ReadField]
    var bytes: [UInt8]

    init(_ bytes: [UInt8], limits: HeadLimits = HeadLimits()) {
        self.bytes = bytes
        var head = RequestHead()
        let room = UnsafeMutablePointer<HeadField>.allocate(capacity: limits.fieldsMax)
        defer { room.deallocate() }
        outcome = withGuardedBytes(bytes) { span in
            span.withUnsafeBytes { RequestHead.parse($0, limits: limits, into: &head, fields: room) }
        }
        self.head = head
        fields = outcome == .complete ? (0..<head.fieldCount).map { ReadField(room[$0], bytes) } : []
    }

    init(_ text: String, limits: HeadLimits = HeadLimits()) {
        self.init(latin1(text), limits: limits)
    }

    func text(_ range: ByteRange) -> String { readText(bytes, range) }
}

/// What `ResponseHead.parse` made of some bytes.
struct ReadResponse {
    var outcome: HeadOutcome
    var head: ResponseHead
    var fields: [ReadField]
    var bytes: [UInt8]

    init(_ bytes: [UInt8], to method: Method = .get, limits: HeadLimits = HeadLimits()) {
        self.bytes = bytes
        var head = ResponseHead()
        let room = UnsafeMutablePointer<HeadField>.allocate(capacity: limits.fieldsMax)
        defer { room.deallocate() }
        outcome = withGuardedBytes(bytes) { span in
            span.withUnsafeBytes { ResponseHead.parse($0, to: method, limits: limits, into: &head, fields: room) }
        }
        self.head = head
        fields = outcome == .complete ? (0..<head.fieldCount).map { ReadField(room[$0], bytes) } : []
    }

    init(_ text: String, to method: Method = .get, limits: HeadLimits = HeadLimits()) {
        self.init(latin1(text), to: method, limits: limits)
    }

    func text(_ range: ByteRange) -> String { readText(bytes, range) }
}

extension ReadField {
    fileprivate init(_ field: HeadField, _ bytes: [UInt8]) {
        self.init(
            name: readText(bytes, field.nameRange), value: readText(bytes, field.valueRange), known: field.name,
            isDropped: field.isDropped)
    }
}

/// One byte for each character up to U+00FF, so that a table can hold any byte.
func latin1(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8($0.value) }
}

private func readText(_ bytes: [UInt8], _ range: ByteRange) -> String {
    String(String.UnicodeScalarView(bytes[range.indices].map { Unicode.Scalar($0) }))
}
