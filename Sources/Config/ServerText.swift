// `--server [NAME@]ADDR[,OPTION...]`, read and written.
// Knows one server's text. Knows nothing of its backend, and resolves no name.

import Codecs

/// What one `--server` says.
enum ServerText {
    /// What stands behind the address.
    struct Settings: Equatable, Sendable {
        var weight: Int = 1
        var connectionsMax: Int = 0
    }

    /// Reads a value of `--server`; every fault in it is noted, and there is no server then.
    static func parse(_ text: String, faults: inout [ValueFault]) -> Server? {
        let before = faults.count
        let object = ObjectText(text)
        let name = object.name(faults: &faults)
        var settings = Settings()
        object.apply(to: &settings, options: InlineOptions.server, planned: Planned.serverKeys, faults: &faults)
        do {
            let address = try address(object.address)
            guard faults.count == before else { return nil }
            var server = Server(name: name ?? address.description, address: address)
            server.weight = settings.weight
            server.connectionsMax = settings.connectionsMax
            return server
        } catch {
            faults.append(error)
            return nil
        }
    }

    /// A server as `--server` would say it.
    static func text(of server: Server) -> String {
        let defaults = Settings()
        let settings = Settings(weight: server.weight, connectionsMax: server.connectionsMax)
        let address = server.address.description
        var text = server.name == address ? address : "\(server.name)@\(address)"
        for option in InlineOptions.server {
            guard let value = option.field.text(settings), value != option.field.text(defaults) else { continue }
            text += ",\(option.key)=\(value)"
        }
        return text
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
