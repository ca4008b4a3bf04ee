// A log format of the operator's own, in memory that lines are written from. How variables are written stands
// in TemplateLog.

/// Text and variables, in turns. Writing a line neither allocates nor counts references.
///
/// A plain handle to memory that lives until `destroy`: copies share it, from any thread.
// `@safe`: the memory is written once, in `init`, and every place in it is within its count.
@safe public struct LogTemplate: BitwiseCopyable, @unchecked Sendable {
    enum Piece: BitwiseCopyable {
        case text(start: UInt32, count: UInt32)
        case variable(LogVariable)
        case field(UInt8)
    }

    /// Different `$http_NAME` of one template: each is kept for as long as its exchange lasts.
    public static let fieldsMax = 8
    /// No template is taken whose lines could be longer.
    public static let lineBytesMax = 65_536
    /// The names there are, `http_` before a field's name besides.
    public static var names: [String] { LogVariable.allCases.map(\.rawValue) + ["pid", "hostname"] }

    // Unchecked: the memory is written once, before anyone else sees the handle.
    private let pieces: UnsafeMutableBufferPointer<Piece>
    private let text: UnsafeMutableBufferPointer<UInt8>

    public init(_ template: LogTemplateText) {
        var (pieces, text) = ([Piece](), [UInt8]())
        for piece in template.pieces {
            switch piece {
            case .text(let bytes):
                // A template has at most `lineBytesMax` bytes of text.
                pieces.append(.text(start: UInt32(text.count), count: UInt32(bytes.count)))
                text += bytes
            case .variable(let variable): pieces.append(.variable(variable))
            case .field(let place): pieces.append(.field(UInt8(place)))
            }
        }
        unsafe self.pieces = Self.store(pieces)
        unsafe self.text = Self.store(text)
    }

    /// Frees the memory; no copy may be used afterwards.
    public func destroy() {
        unsafe pieces.deallocate()
        unsafe text.deallocate()
    }

    /// What is wrong with a text; `nil`: nothing is.
    public static func fault(in text: String) -> LogTemplateFault? {
        do throws(LogTemplateFault) {
            _ = try LogTemplateText(text)
            return nil
        } catch {
            return error
        }
    }

    var count: Int { unsafe pieces.count }

    subscript(index: Int) -> Piece {
        unsafe precondition(pieces.indices.contains(index), "a piece is one of the template's")
        return unsafe pieces[index]
    }

    /// - Parameters: of a piece of text.
    func text(start: UInt32, count: UInt32) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[Int(start)..<Int(start) + Int(count)])
    }

    private static func store<Element>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
        let stored = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = unsafe stored.initialize(from: elements)
        return unsafe stored
    }
}
