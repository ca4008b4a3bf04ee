// `--bind [NAME@]ADDR[,OPTION...]`, read and written.
// Knows one listener's text. Knows nothing of the frontend that it will belong to.

import Codecs

/// What one `--bind` says.
struct ListenerText: Equatable, Sendable {
    /// What stands behind the address.
    struct Settings: Equatable, Sendable {
        var mode: Frontend.Mode?
        var backend: String?
        var connectionsMax: Int?
        var backlog: Int = Listener.backlogDefault
        var interface: String?
        var proxyProtocol: ProxyHeader.Accepted?
        var proxyTrusted: [Network] = []
        var hasFastOpen = false
        var hasDeferredAccept = false
        var unixMode: UInt32?
        var unixUser: Account?
        var unixGroup: Account?
    }

    /// `nil` where there is none, or none that can be one.
    var name: String?
    /// Two for `:PORT`, which is every address of the machine in both families; none where the
    /// address was refused.
    var addresses: [SocketAddress]
    var settings: Settings
    /// Whether a mode was written, be it one that was refused.
    var saysMode: Bool

    /// Reads a value of `--bind`: every fault in it is noted, and what is good is kept.
    init(_ text: String, faults: inout [ValueFault]) {
        let object = ObjectText(text)
        name = object.name(faults: &faults)
        settings = Settings()
        saysMode = object.settings.contains { $0.key == "mode" }
        addresses = []
        object.apply(
            to: &settings, options: InlineOptions.listener, planned: Planned.listenerKeys, faults: &faults)
        do {
            addresses = try Self.addresses(object.address)
        } catch {
            faults.append(error)
        }
        switch addresses.first {
        case .ipv6(let high, _, _, 0)? where settings.interface == nil && AddressText.isLinkLocal(high: high):
            faults.append(AddressAdvice.linkLocal(object.address))
        case .ipv4?, .ipv6?, .unix?, nil:
            break
        }
        let isOff = object.settings.allSatisfy { $0.key != "proxy-protocol" || $0.value == "off" }
        faults += faultsTogether(said: object.settings.map(\.key), expectsNoHeader: isOff)
    }

    /// What no single option can say: which of them the address has a use for, and which need one another.
    private func faultsTogether(said: [String], expectsNoHeader: Bool) -> [ValueFault] {
        guard let address = addresses.first else { return [] }
        var faults: [ValueFault] = []
        let isUnix = address.port == nil
        let ofOtherFamily =
            isUnix ? ["interface", "proxy-from", "tfo", "defer-accept"] : ["unix-mode", "unix-user", "unix-group"]
        for key in said where ofOtherFamily.contains(key) {
            let problem = isUnix ? "\(key): a Unix socket has no network" : "\(key): only a Unix socket has a file"
            faults.append(ValueFault(problem, remedy: "leave it out"))
        }
        let saysTrusted = said.contains("proxy-from")
        if settings.proxyProtocol != nil, !saysTrusted, !isUnix {
            let problem = "proxy-protocol: nothing says which networks may send it"
            let remedy = "add proxy-from=10.0.0.0/8 with those of the proxies, several joined by +"
            faults.append(ValueFault(problem, remedy: remedy))
        }
        if saysTrusted, !isUnix, expectsNoHeader {
            let problem = "proxy-from: no PROXY header is expected"
            faults.append(ValueFault(problem, remedy: "add proxy-protocol=any, or leave it out"))
        }
        return faults
    }

    /// The listeners it makes.
    var listeners: [Listener] {
        addresses.map { address in
            var listener = Listener(address: address)
            listener.backlog = settings.backlog
            listener.connectionsMax = settings.connectionsMax
            listener.interface = settings.interface
            listener.proxyProtocol = settings.proxyProtocol
            listener.proxyTrusted = settings.proxyTrusted
            listener.hasFastOpen = settings.hasFastOpen
            listener.hasDeferredAccept = settings.hasDeferredAccept
            listener.unixMode = settings.unixMode
            listener.unixUser = settings.unixUser
            listener.unixGroup = settings.unixGroup
            return listener
        }
    }

    /// A listener as `--bind` would say it, without what belongs to its frontend.
    static func text(of listener: Listener) -> String {
        let defaults = Settings()
        var settings = defaults
        settings.backlog = listener.backlog
        settings.connectionsMax = listener.connectionsMax
        settings.interface = listener.interface
        settings.proxyProtocol = listener.proxyProtocol
        settings.proxyTrusted = listener.proxyTrusted
        settings.hasFastOpen = listener.hasFastOpen
        settings.hasDeferredAccept = listener.hasDeferredAccept
        settings.unixMode = listener.unixMode
        settings.unixUser = listener.unixUser
        settings.unixGroup = listener.unixGroup
        let options = ObjectText.text(of: settings, unlike: defaults, options: InlineOptions.listener)
        return listener.address.description + options
    }

    private static func addresses(_ text: String) throws(ValueFault) -> [SocketAddress] {
        let written: WrittenAddress
        do {
            written = try AddressText.parse(text)
        } catch {
            throw AddressAdvice.fault(error, in: text, for: .listener)
        }
        switch written {
        case .socket(let address):
            return [address]
        case .everyHost(let port):
            return [.ipv4(host: 0, port: port), .ipv6(high: 0, low: 0, port: port, scope: 0)]
        case .name(let host, let port):
            throw AddressAdvice.listenerName(host, port: port)
        }
    }
}
