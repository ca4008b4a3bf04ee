// Why a head or a body is refused: a value, as a peer may send anything.

/// What is wrong with a message. The same faults are found in requests and responses.
public enum Rejection: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// More than one empty line before a request, or one before a response.
    case emptyLine
    /// No token, and a blank behind it.
    case methodMalformed
    /// CONNECT: this is no forward proxy.
    case connectRefused
    /// Longer than `HeadLimits.requestLineBytesMax`.
    case requestLineTooLong
    /// Empty, or with a control byte, a fragment or a byte beyond ASCII; or in none of the four forms.
    case targetMalformed
    /// `*` with another method than OPTIONS.
    case asteriskMisplaced
    /// A whole URI that begins with neither `http://` nor `https://`.
    case schemeUnknown
    /// The authority of a whole URI: empty, with user information, no host, or a bad port.
    case authorityMalformed
    /// Not `HTTP/`, a digit, a dot and a digit; a request of HTTP/0.9 has none.
    case versionMalformed
    /// A major version other than 1.
    case versionUnsupported
    /// Not three digits from 100 to 599, and a blank or the end of the line behind them.
    case statusMalformed
    /// A control byte in the reason phrase.
    case reasonMalformed
    /// A carriage return without its line feed.
    case bareCarriageReturn
    /// A line feed without its carriage return.
    case bareLineFeed
    /// A field line that begins with a blank or a tab (RFC 9112 section 5.2).
    case foldedLine
    /// A line that begins with its colon.
    case fieldNameEmpty
    /// A byte that no token has before the colon.
    case fieldNameMalformed
    /// White space between name and colon (RFC 9112 section 5.1).
    case blankBeforeColon
    /// A line that ends before its colon.
    case colonMissing
    /// NUL or another control byte in a value.
    case fieldValueMalformed
    /// Longer than `HeadLimits.fieldBytesMax`.
    case fieldTooLong
    /// More than `HeadLimits.fieldsMax`.
    case tooManyFields
    /// Longer than `HeadLimits.headBytesMax`.
    case headTooLong
    /// HTTP/1.1 without Host (RFC 9112 section 3.2).
    case hostMissing
    case hostRepeated
    /// Empty, with user information or a path, no host, or a bad port.
    case hostMalformed
    /// Content-Length is not a plain number: empty, signed, with leading zeros, a list.
    case lengthMalformed
    /// Content-Length beyond `Int64.max`.
    case lengthTooLarge
    /// Two lines of Content-Length, even where they are equal.
    case lengthRepeated
    /// Content-Length and Transfer-Encoding together.
    case lengthAndCoding
    /// Two lines of Transfer-Encoding.
    case codingRepeated
    /// Transfer-Encoding does not end in `chunked`, once, and plainly written.
    case codingMalformed
    /// Another transfer coding below `chunked`.
    case codingUnknown
    /// Transfer-Encoding in HTTP/1.0 (RFC 9112 section 6.1).
    case codingInOldVersion
    /// Transfer-Encoding in a response of 1xx or 204 (RFC 9112 section 6.1).
    case codingForbidden
    /// Connection is no list of tokens.
    case connectionMalformed
    /// Connection names Host, Content-Length or Transfer-Encoding.
    case connectionNamesFraming
    /// More options that name fields than are worth a search.
    case tooManyConnectionOptions
    /// Expect has another value than `100-continue`.
    case expectationUnknown
    /// Not 1 to 15 hexadecimal digits.
    case chunkSizeMalformed
    /// More than 15 hexadecimal digits.
    case chunkSizeTooLarge
    /// No `;`, name, and perhaps `=` and value (RFC 9112 section 7.1.1).
    case chunkExtensionMalformed
    /// Longer than `ChunkDecoder.extensionBytesMax`.
    case chunkExtensionTooLong
    /// A chunk's data without CR LF behind them.
    case chunkEndMalformed
    /// A trailer field that frames, routes, authenticates, or is for one connection only.
    case trailerForbidden
    /// Longer than the decoder's bound.
    case trailerTooLong
    /// Longer than the operator allows: for the engine to say.
    case bodyTooLarge
    /// The target's path has `..`, and a prefix of it is to be changed: for the engine to say.
    case parentSegment

    /// The status that answers a request so refused. A response so refused is answered with 502, whatever
    /// this says.
    public var status: Int {
        switch self {
        case .emptyLine, .methodMalformed, .targetMalformed, .asteriskMisplaced, .schemeUnknown, .authorityMalformed,
            .versionMalformed, .bareCarriageReturn, .bareLineFeed, .foldedLine, .fieldNameEmpty, .fieldNameMalformed,
            .blankBeforeColon, .colonMissing, .fieldValueMalformed, .hostMissing, .hostRepeated, .hostMalformed,
            .lengthMalformed, .lengthTooLarge, .lengthRepeated, .lengthAndCoding, .codingRepeated, .codingMalformed,
            .codingInOldVersion, .connectionMalformed, .connectionNamesFraming, .tooManyConnectionOptions,
            .chunkSizeMalformed, .chunkSizeTooLarge, .chunkExtensionMalformed, .chunkExtensionTooLong,
            .chunkEndMalformed, .trailerForbidden, .parentSegment:
            400
        case .connectRefused: 405
        case .bodyTooLarge: 413
        case .requestLineTooLong: 414
        case .expectationUnknown: 417
        case .fieldTooLong, .tooManyFields, .headTooLong, .trailerTooLong: 431
        case .codingUnknown: 501
        case .statusMalformed, .reasonMalformed, .codingForbidden: 502
        case .versionUnsupported: 505
        }
    }

    /// For logs and counters.
    public var name: StaticString {
        switch self {
        case .emptyLine: "empty-line"
        case .methodMalformed: "method-malformed"
        case .connectRefused: "connect"
        case .requestLineTooLong: "request-line-too-long"
        case .targetMalformed: "target-malformed"
        case .asteriskMisplaced: "asterisk-misplaced"
        case .schemeUnknown: "scheme-unknown"
        case .authorityMalformed: "authority-malformed"
        case .versionMalformed: "version-malformed"
        case .versionUnsupported: "version-unsupported"
        case .statusMalformed: "status-malformed"
        case .reasonMalformed: "reason-malformed"
        case .bareCarriageReturn: "bare-cr"
        case .bareLineFeed: "bare-lf"
        case .foldedLine: "obs-fold"
        case .fieldNameEmpty: "field-name-empty"
        case .fieldNameMalformed: "field-name-malformed"
        case .blankBeforeColon: "blank-before-colon"
        case .colonMissing: "colon-missing"
        case .fieldValueMalformed: "field-value-malformed"
        case .fieldTooLong: "field-too-long"
        case .tooManyFields: "too-many-fields"
        case .headTooLong: "head-too-long"
        case .hostMissing: "host-missing"
        case .hostRepeated: "host-repeated"
        case .hostMalformed: "host-malformed"
        case .lengthMalformed: "length-malformed"
        case .lengthTooLarge: "length-too-large"
        case .lengthRepeated: "length-repeated"
        case .lengthAndCoding: "length-and-coding"
        case .codingRepeated: "coding-repeated"
        case .codingMalformed: "coding-malformed"
        case .codingUnknown: "coding-unknown"
        case .codingInOldVersion: "coding-in-http-1.0"
        case .codingForbidden: "coding-forbidden"
        case .connectionMalformed: "connection-malformed"
        case .connectionNamesFraming: "connection-names-framing"
        case .tooManyConnectionOptions: "too-many-connection-options"
        case .expectationUnknown: "expectation-unknown"
        case .chunkSizeMalformed: "chunk-size-malformed"
        case .chunkSizeTooLarge: "chunk-size-too-large"
        case .chunkExtensionMalformed: "chunk-extension-malformed"
        case .chunkExtensionTooLong: "chunk-extension-too-long"
        case .chunkEndMalformed: "chunk-end-malformed"
        case .trailerForbidden: "trailer-forbidden"
        case .trailerTooLong: "trailer-too-long"
        case .bodyTooLarge: "body-too-large"
        case .parentSegment: "parent-segment"
        }
    }

    /// One plain line for people.
    public var reason: StaticString {
        switch self {
        case .emptyLine: "empty line before the message"
        case .methodMalformed: "malformed method"
        case .connectRefused: "CONNECT is not allowed"
        case .requestLineTooLong: "request line too long"
        case .targetMalformed: "malformed request target"
        case .asteriskMisplaced: "the target * is for OPTIONS only"
        case .schemeUnknown: "unknown scheme in the request target"
        case .authorityMalformed: "malformed authority in the request target"
        case .versionMalformed: "malformed HTTP version"
        case .versionUnsupported: "HTTP version not supported"
        case .statusMalformed: "malformed status"
        case .reasonMalformed: "control byte in the reason phrase"
        case .bareCarriageReturn: "carriage return without line feed"
        case .bareLineFeed: "line feed without carriage return"
        case .foldedLine: "folded field line"
        case .fieldNameEmpty: "field without a name"
        case .fieldNameMalformed: "malformed field name"
        case .blankBeforeColon: "white space before the colon"
        case .colonMissing: "field line without a colon"
        case .fieldValueMalformed: "control byte in a field value"
        case .fieldTooLong: "header field too long"
        case .tooManyFields: "too many header fields"
        case .headTooLong: "header fields too long"
        case .hostMissing: "missing Host"
        case .hostRepeated: "more than one Host"
        case .hostMalformed: "malformed Host"
        case .lengthMalformed: "malformed Content-Length"
        case .lengthTooLarge: "Content-Length too large"
        case .lengthRepeated: "more than one Content-Length"
        case .lengthAndCoding: "both Content-Length and Transfer-Encoding"
        case .codingRepeated: "more than one Transfer-Encoding"
        case .codingMalformed: "malformed Transfer-Encoding"
        case .codingUnknown: "transfer coding not supported"
        case .codingInOldVersion: "Transfer-Encoding in HTTP/1.0"
        case .codingForbidden: "Transfer-Encoding in a response without a body"
        case .connectionMalformed: "malformed Connection"
        case .connectionNamesFraming: "Connection names a field that has to stay"
        case .tooManyConnectionOptions: "too many Connection options"
        case .expectationUnknown: "unknown expectation"
        case .chunkSizeMalformed: "malformed chunk size"
        case .chunkSizeTooLarge: "chunk size too large"
        case .chunkExtensionMalformed: "malformed chunk extension"
        case .chunkExtensionTooLong: "chunk extension too long"
        case .chunkEndMalformed: "chunk without its line end"
        case .trailerForbidden: "field not allowed in a trailer"
        case .trailerTooLong: "trailer fields too long"
        case .bodyTooLarge: "body too large"
        case .parentSegment: "the path leads upwards"
        }
    }
}
