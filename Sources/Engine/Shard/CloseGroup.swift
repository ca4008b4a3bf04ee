// Codes of closes as they are counted: those of the protocol one by one, those of applications by thousands.

/// RFC 6455 section 7.4: 1000 to 1015 each, then the 3000s, the 4000s, all others.
public struct CloseGroup: BitwiseCopyable, Sendable {
    static let count = 19
    public static var all: [CloseGroup] { (0..<count).map { CloseGroup(index: $0) } }

    let index: Int

    private init(index: Int) { self.index = index }

    init(_ code: UInt16) {
        index =
            switch code {
            case 1_000...1_015: Int(code) - 1_000
            case 3_000...3_999: 16
            case 4_000...4_999: 17
            default: 18
            }
    }

    public var name: String {
        switch index {
        case 16: "3xxx"
        case 17: "4xxx"
        case 18: "others"
        default: "\(1_000 + index)"
        }
    }
}
