// The text of a log template, taken apart. Knows variables by name. Knows nothing of lines.

/// A template's pieces in their order, as arrays: `LogTemplate` keeps them for the hot path.
public struct LogTemplateText: Equatable, Sendable {
    enum Piece: Equatable, Sendable {
        case text([UInt8])
        case variable(LogVariable)
        /// A field of the request, by its place in `fieldNames`.
        case field(Int)
    }

    private(set) var pieces: [Piece] = []
    /// The request's fields that are asked for by `$http_NAME`, in lower case and with `-` for `_`: what they
    /// held is `HTTPLogLine.fieldTexts`, in this order.
    public private(set) var fieldNames: [String] = []
    /// Room that every line fits in, newline included.
    public private(set) var lineBytesMax = 1

    /// Takes `$name` and `${name}` apart from the text between them, `$$` being a dollar. Names are found in any
    /// case of letters, as nginx does.
    ///
    /// - Parameters:
    ///   - processID: what `$pid` stands for.
    ///   - hostName: what `$hostname` stands for.
    public init(_ text: String, processID: Int32 = 0, hostName: String = "") throws(LogTemplateFault) {
        let bytes = Array(text.utf8)
        var (literal, index) = ([UInt8](), 0)
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "$") else {
                guard byte >= 0x20 && byte != 0x7f || byte == UInt8(ascii: "\t") else {
                    throw LogTemplateFault(offset: index, problem: .controlByte)
                }
                literal.append(byte)
                index += 1
                continue
            }
            let start = index
            guard let name = try Self.name(bytes, &index) else {
                literal.append(byte)
                continue
            }
            switch name.lowercased() {
            case "pid": literal += Array("\(processID)".utf8)
            case "hostname": literal += Self.printable(hostName)
            case let name:
                let piece = try piece(named: name, at: start)
                add(.text(literal))
                literal = []
                add(piece)
            }
            try checkLength(at: start)
        }
        add(.text(literal))
        try checkLength(at: 0)
    }

    /// - Parameter index: of a `$`; then behind what it stands before.
    /// - Returns: `nil` for `$$`.
    private static func name(_ bytes: [UInt8], _ index: inout Int) throws(LogTemplateFault) -> String? {
        let start = index
        index += 1
        guard index < bytes.count else { throw LogTemplateFault(offset: start, problem: .nameMissing) }
        if bytes[index] == UInt8(ascii: "$") {
            index += 1
            return nil
        }
        let isBraced = bytes[index] == UInt8(ascii: "{")
        if isBraced { index += 1 }
        let name = bytes[index...].prefix(while: isOfName)
        index += name.count
        if isBraced {
            guard index < bytes.count, bytes[index] == UInt8(ascii: "}") else {
                throw LogTemplateFault(offset: start, problem: .braceUnclosed)
            }
            index += 1
        }
        guard !name.isEmpty else { throw LogTemplateFault(offset: start, problem: .nameMissing) }
        return String(decoding: name, as: UTF8.self)
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        DecimalDigit.value(byte) != nil || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || byte == UInt8(ascii: "_")
    }

    /// - Parameter name: in lower case.
    private mutating func piece(named name: String, at offset: Int) throws(LogTemplateFault) -> Piece {
        if let variable = LogVariable(rawValue: name) { return .variable(variable) }
        let prefix = "http_"
        guard name.hasPrefix(prefix), name != prefix else {
            throw LogTemplateFault(offset: offset, problem: .unknownVariable(name))
        }
        let field = String(name.dropFirst(prefix.count).map { $0 == "_" ? "-" : $0 })
        if let place = fieldNames.firstIndex(of: field) { return .field(place) }
        guard fieldNames.count < LogTemplate.fieldsMax else { throw LogTemplateFault(offset: offset, problem: .tooManyFields) }
        fieldNames.append(field)
        return .field(fieldNames.count - 1)
    }

    private mutating func add(_ piece: Piece) {
        switch piece {
        case .text(let text):
            if text.isEmpty { return }
            lineBytesMax += text.count
        case .variable(let variable): lineBytesMax += variable.bytesMax
        case .field: lineBytesMax += HTTPLogLine.fieldBytesMax
        }
        pieces.append(piece)
    }

    private func checkLength(at offset: Int) throws(LogTemplateFault) {
        if lineBytesMax > LogTemplate.lineBytesMax { throw LogTemplateFault(offset: offset, problem: .lineTooLong) }
    }

    /// A host's name is the machine's: what a line may not hold is left out of it.
    private static func printable(_ text: String) -> [UInt8] { text.utf8.filter { 0x20..<0x7f ~= $0 } }
}
