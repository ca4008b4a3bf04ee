// The value of `--strip-prefix` and `--add-prefix`.
// Knows how it is spelled. Knows nothing of the paths that it is for.

extension ValueKind where Value == String {
    /// Segments of a path; a slash at the end is dropped.
    static var pathPrefix: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let bare = text.hasSuffix("/") ? String(text.dropLast()) : text
                guard text.hasPrefix("/") else {
                    let remedy = text.contains("://") ? "write its path alone: /api" : "write /\(Quoted.word(bare))"
                    throw ValueFault("\(Quoted.text(text)) does not begin with a slash", remedy: remedy)
                }
                guard !bare.isEmpty else {
                    throw ValueFault("\(Quoted.text(text)) is the beginning of every path", remedy: "write one like /api")
                }
                let isPlain = bare.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"?#\"<>\\^`{|}*".utf8.contains($0) }
                guard isPlain, text.utf8.count <= 1_024 else {
                    let remedy = "write one like /api, at most 1024 bytes, and what is not of a path as %XX"
                    throw ValueFault("\(Quoted.text(text)) is no part of a path", remedy: remedy)
                }
                let segments = bare.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
                guard segments.allSatisfy({ $0 != "" && $0 != "." && $0 != ".." }) else {
                    throw ValueFault(
                        "\(Quoted.text(text)) has a segment that is empty, . or ..", remedy: "write one like /api/v1")
                }
                return bare
            },
            text: { $0 })
    }
}
