// `--server [NAME@]ADDR[,OPTION...]`, read and written.
// Knows one server's text. Knows its backend only as where it takes what it does not say itself, and
// resolves no name.

import Codecs

/// What one `--server` says.
struct ServerText: Equatable, Sendable {
    /// What stands behind the address.
    struct Settings: Equatable, Sendable {
        var weight: Int = 1
        /// `nil` is that of the backend; so is the slow start.
        var connectionsMax: Int?
        var isBackup = false
        var slowStartMilliseconds: UInt64?
        var isDisabled = false
        var proxyProtocol: ProxyHeader.Version?
        var redirect: String?
    }

    /// As given before `@`, else its address.
    var name: String
    var address: Server.Address
    var settings: Settings

    /// Reads a value of `--server`; every fault in it is noted, and there is no server then.
    static func parse(_ text: String, faults: inout [ValueFault]) -> ServerText? {
        let before = faults.count
        let object = ObjectText(text)
        let name = object.name(faults: &faults)
        var settings = Settings()
        object.apply(to: &settings, options: InlineOptions.server, planned: Planned.serverKeys, faults: &faults)
        do {
            let address = try address(object.address)
            guard faults.count == before else { return nil }
            return ServerText(name: name ?? address.description, address: address, settings: settings)
        } catch {
            faults.append(error)
            return nil
        }
    }

    /// The server it makes in a backend.
    func server(in backend: Backend) -> Server {
        var server = Server(name: name, address: address)
        server.weight = settings.weight
        server.connectionsMax = settings.connectionsMax ?? backend.serverConnectionsMax
        server.isBackup = settings.isBackup
        server.slowStartMilliseconds = settings.slowStartMilliseconds ?? backend.slowStartMilliseconds
        server.isDisabled = settings.isDisabled
        server.proxyProtocol = settings.proxyProtocol
        server.redirect = settings.redirect
        return server
    }

    /// A server as `--server` would say it behind the options of its backend.
    static func text(of server: Server, in backend: Backend) -> String {
        var settings = Settings()
        settings.weight = server.weight
        if server.connectionsMax != backend.serverConnectionsMax { settings.connectionsMax = server.connectionsMax }
        settings.isBackup = server.isBackup
        if server.slowStartMilliseconds != backend.slowStartMilliseconds {
            settings.slowStartMilliseconds = server.slowStartMilliseconds
        }
        settings.isDisabled = server.isDisabled
        settings.proxyProtocol = server.proxyProtocol
        settings.redirect = server.redirect
        let address = server.address.description
        let options = ObjectText.text(of: settings, unlike: Settings(), options: InlineOptions.server)
        return (server.name == address ? address : "\(server.name)@\(address)") + options
    }

    private static func address(_ text: String) throws(ValueFault) -> Server.Address {
        let written: WrittenAddress
        do {
            written = try AddressText.parse(text)
        } catch {
            throw AddressAdvice.fault(error, in: text, for: .server)
        }
        switch written {
        case .socket(let address):
            if address.port == 0 { throw AddressAdvice.portZero(text) }
            if case .ipv6(let high, _, _, 0) = address, AddressText.isLinkLocal(high: high) {
                throw AddressAdvice.linkLocal(text)
            }
            return .socket(address)
        case .everyHost(let port):
            throw AddressAdvice.hostMissing(port: port)
        case .name(let host, let port):
            if port == 0 { throw AddressAdvice.portZero(text) }
            return .name(host: host, port: port)
        }
    }
}
