// What the demo tells whoever runs it, from its first line to its last.

internal import CLinux
internal import Codecs
internal import Config
internal import Engine
internal import Glibc

/// Shows a data plane while it runs. For the control thread only.
final class DemoDisplay {
    private let servers: [DemoServer]
    private let mode: Frontend.Mode
    private let screen: DemoScreen
    private let table: DemoTable
    private var plane: DataPlane?
    private var lastFigures: DemoFigures?
    private var lastNanoseconds: UInt64 = 0
    private var isLeaving = false

    init(_ servers: [DemoServer], _ mode: Frontend.Mode, _ screen: DemoScreen) {
        self.servers = servers
        self.mode = mode
        self.screen = screen
        table = DemoTable(names: servers.map(\.name), noun: mode == .http ? "requests" : "connections")
    }

    /// Every shard serves.
    func begin(_ plane: DataPlane) {
        self.plane = plane
        lastFigures = DemoFigures(plane, servers, mode)
        lastNanoseconds = swivel_monotonic_ns()
        screen.print(introduction(plane.listening.map(\.address)))
        if screen.isTerminal { show(plane) }
    }

    /// About once a second. Where it is no terminal, a second in which nothing changed leaves no line.
    func show(_ plane: DataPlane) {
        guard let before = lastFigures else { return }
        if screen.isGone { return leave() }
        let figures = DemoFigures(plane, servers, mode)
        let now = swivel_monotonic_ns()
        let nanoseconds = now - lastNanoseconds
        if screen.isTerminal {
            screen.draw(table.rates(figures, since: before, nanoseconds: nanoseconds))
        } else if figures != before {
            screen.print([table.line(figures, since: before, nanoseconds: nanoseconds)])
        }
        (lastFigures, lastNanoseconds) = (figures, now)
    }

    /// Every connection has ended.
    func finish() {
        guard let plane else { return }
        screen.print(table.totals(DemoFigures(plane, servers, mode)))
    }

    /// Whoever closes the terminal has seen enough. HUP would say so as well, but is for reloads.
    private func leave() {
        if !isLeaving { kill(getpid(), SIGTERM) }
        isLeaving = true
    }

    private func introduction(_ addresses: [SocketAddress]) -> [String] {
        ["", "Three small servers stand behind one address.", ""]
            + addresses.map { "  frontend  \($0)" }
            + servers.map { "  server \($0.name)  \($0.address)" }
            + ["", "Try, several times:"]
            + (addresses.first.map(advice) ?? []).map { "  \($0)" }
            + ["", "Ctrl-C ends it."]
    }

    /// What to do first, with nothing in it that a small system lacks.
    private func advice(_ address: SocketAddress) -> [String] {
        switch reachable(address) {
        case .ipv4(let host, let port):
            let text = SocketAddress.ipv4(host: host, port: port).description
            return lines(url: text, host: String(text.prefix { $0 != ":" }), port: port)
        case .ipv6(let high, let low, let port, let scope):
            let text = SocketAddress.ipv6(high: high, low: low, port: port, scope: scope).description
            return lines(url: text, host: String(text.dropFirst().prefix { $0 != "]" }), port: port)
        case .unix(let path):
            let curl = "curl --unix-socket \(path)"
            return mode == .http
                ? ["\(curl) http://demo/", "\(curl) -X POST 'http://demo/stop?server=b'"]
                : ["\(curl) http://demo/", "echo hello | socat - UNIX-CONNECT:\(path)"]
        }
    }

    private func lines(url: String, host: String, port: UInt16) -> [String] {
        mode == .http
            ? [
                "curl http://\(url)/",
                "curl -X POST 'http://\(url)/stop?server=b'   (and start)",
                "or open http://\(url)/ in a browser",
            ]
            : [
                "curl http://\(url)/",
                "bash -c 'exec 3<>/dev/tcp/\(host)/\(port); echo hello >&3; head -n 1 <&3'   (an echo)",
            ]
    }

    /// Nobody can call "every address": loopback is one of them.
    private func reachable(_ address: SocketAddress) -> SocketAddress {
        switch address {
        case .ipv4(host: 0, let port): .ipv4(host: 0x7f00_0001, port: port)
        case .ipv6(high: 0, low: 0, let port, let scope): .ipv6(high: 0, low: 1, port: port, scope: scope)
        case .ipv4, .ipv6, .unix: address
        }
    }
}
