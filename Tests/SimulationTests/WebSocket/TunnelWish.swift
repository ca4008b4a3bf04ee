// What a simulated client asks to change to, and whether it may.

enum TunnelWish: CaseIterable {
    case webSocket
    /// The protocol that a route lists, there: joined byte for byte.
    case listed
    /// Another one on that route, and that one elsewhere, or in a version of HTTP that has no such thing.
    case unlisted, unrouted, tooOld

    /// The protocol of the route, and where it leads.
    static let routeName = "chatter"
    static let routed = "/routed/"

    var mayTunnel: Bool { self == .webSocket || self == .listed }

    /// The name in the Upgrade field, in small letters and in others: it has no case (RFC 9110 section 7.8).
    var names: [String] {
        switch self {
        case .webSocket: ["websocket", "WebSocket"]
        case .listed, .unrouted, .tooOld: [Self.routeName, "ChatTer"]
        case .unlisted: ["chatter2", "chat"]
        }
    }

    var path: String {
        switch self {
        case .webSocket, .unrouted: "/"
        case .listed, .unlisted, .tooOld: Self.routed
        }
    }

    var minorVersion: Int { self == .tooOld ? 0 : 1 }
}
