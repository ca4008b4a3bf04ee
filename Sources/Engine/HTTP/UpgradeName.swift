// Names of protocols in Upgrade fields.

/// Compares names of protocols, which have no case (RFC 9110 section 7.8).
enum UpgradeName {
    static var webSocket: UnsafeRawBufferPointer {
        let name: StaticString = "websocket"
        return UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    }

    /// - Parameter name: in lower case.
    static func equal(_ text: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer) -> Bool {
        guard text.count == name.count, !name.isEmpty else { return false }
        for index in 0..<name.count {
            let byte = text[index]
            let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
            if lower != name[index] { return false }
        }
        return true
    }
}
