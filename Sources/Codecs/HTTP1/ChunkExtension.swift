// What may stand behind a chunk's size: `;name`, `;name=token`, `;name="quoted"`, any number of them.
// Nobody asks for them: they are read to be sure where the line ends.

extension ChunkDecoder {
    /// One byte behind the size, its line feed excepted. White space is allowed before and behind `;` and `=`, and
    /// not at the line's end (RFC 9112 section 7.1.1).
    mutating func receivedExtension(_ byte: UInt8) -> Rejection? {
        if byte == Octet.carriageReturn { return endExtensions() }
        guard byte != Octet.lineFeed else { return .bareLineFeed }
        guard extensionBytes < Self.extensionBytesMax else { return .chunkExtensionTooLong }
        extensionBytes += 1
        guard let next = extensionState(after: byte) else { return .chunkExtensionMalformed }
        state = next
        return nil
    }

    private mutating func endExtensions() -> Rejection? {
        switch state {
        case .extensionName, .extensionValue, .extensionQuotedEnd:
            state = .sizeLineFeed
            return nil
        default: return .chunkExtensionMalformed
        }
    }

    private func extensionState(after byte: UInt8) -> State? {
        let isBlank = Octet.isBlank(byte)
        switch state {
        case .size, .sizeBlank:
            return isBlank ? .sizeBlank : byte == Octet.semicolon ? .extensionStart : nil
        case .extensionStart:
            return isBlank ? .extensionStart : Octet.isToken(byte) ? .extensionName : nil
        case .extensionName where Octet.isToken(byte): return .extensionName
        case .extensionName, .extensionNameBlank:
            if isBlank { return .extensionNameBlank }
            return byte == Octet.semicolon ? .extensionStart : byte == Octet.equals ? .extensionValueStart : nil
        case .extensionValueStart:
            if isBlank { return .extensionValueStart }
            return byte == Octet.quote ? .extensionQuoted : Octet.isToken(byte) ? .extensionValue : nil
        case .extensionValue where Octet.isToken(byte): return .extensionValue
        case .extensionValue, .extensionQuotedEnd, .extensionValueBlank:
            return isBlank ? .extensionValueBlank : byte == Octet.semicolon ? .extensionStart : nil
        case .extensionQuoted:
            if byte == Octet.quote { return .extensionQuotedEnd }
            if byte == Octet.backslash { return .extensionEscaped }
            return Octet.isText(byte) ? .extensionQuoted : nil
        case .extensionEscaped:
            return Octet.isText(byte) ? .extensionQuoted : nil
        default:
            return nil
        }
    }
}
