// Field names by which a proxy tells servers who its client is, in spellings that servers take for the same.

/// What an untrusted client might claim to be.
enum ClientClaim {
    /// Beside those that the parser knows by name: their spellings with `_`, which CGI and WSGI make the same variable
    /// of, and two that gunicorn believes of a proxy (`secure_scheme_headers`).
    private static var names: [5 of StaticString] {
        ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-real-ip"]
    }
    private static var others: [2 of StaticString] { ["x-forwarded-ssl", "x-forwarded-protocol"] }

    /// Whether the field is such a claim; its name is none that the parser knows.
    static func isOne(_ name: UnsafeRawBufferPointer) -> Bool {
        guard let first = name.first, first | 0x20 == UInt8(ascii: "x") else { return false }
        for index in 0..<5 where equals(name, names[index]) { return true }
        for index in 0..<2 where equals(name, others[index]) { return true }
        return false
    }

    private static func equals(_ name: UnsafeRawBufferPointer, _ other: StaticString) -> Bool {
        guard name.count == other.utf8CodeUnitCount else { return false }
        for index in 0..<name.count {
            let byte = name[index] == UInt8(ascii: "_") ? UInt8(ascii: "-") : name[index] | 0x20
            if byte != other.utf8Start[index] { return false }
        }
        return true
    }
}
