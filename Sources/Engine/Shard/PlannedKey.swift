// What policies that hash go by, as shards use it.

internal import Config

/// What a request's key is made of.
struct PlannedKey: BitwiseCopyable {
    enum Kind: UInt8 { case none, source, uri, header, cookie, query }
    var kind: Kind
    var name: PlannedName

    init(_ balance: Backend.Balance) {
        guard balance.isHash else {
            kind = .none
            name = PlannedName("")
            return
        }
        switch balance.key {
        case .source: (kind, name) = (.source, PlannedName(""))
        case .uri: (kind, name) = (.uri, PlannedName(""))
        case .header(let text): (kind, name) = (.header, PlannedName(text))
        case .cookie(let text): (kind, name) = (.cookie, PlannedName(text))
        case .query(let text): (kind, name) = (.query, PlannedName(text))
        }
    }

    func destroy() { name.destroy() }
}
