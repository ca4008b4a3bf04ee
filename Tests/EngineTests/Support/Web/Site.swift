// An HTTP server behind the balancer: it reads requests strictly, and does with each what the test says.

@testable import Engine

/// One request as a server got it.
struct Served {
    let message: Message
    let wire: Wire
    /// The server's number, and that of the connection among those it accepted.
    let site: Int
    let connection: Int

    func answer(_ text: String) { wire.send(text) }
}

final class Site {
    let number: Int
    private let server: TestServer
    private unowned let loop: Loop
    /// In the order of their accept.
    private(set) var wires: [Wire] = []
    /// Whole requests, in the order they came.
    private(set) var served: [Served] = []

    /// Called with a request of which only the head has come, if need be.
    var whenHead: ((Served) -> Void)?
    /// Called with a whole request.
    var whenWhole: (Served) -> Void
    var whenAccepted: ((Wire) -> Void)?
    /// Connections begin with a PROXY header of one line.
    var awaitsLine = false
    private(set) var lines: [String] = []

    init(_ number: Int, _ server: TestServer, loop: Loop) {
        self.number = number
        self.server = server
        self.loop = loop
        whenWhole = { $0.answer(defaultAnswer($0)) }
        server.whenAccepted = { [unowned self] in take($0) }
    }

    var openCount: Int { wires.count { $0.isOpen && !$0.isOver } }

    /// The server's process goes: connections and all. New ones are refused.
    func closeAll() { for wire in wires { wire.close() } }

    private func take(_ descriptor: Int32) {
        let wire = Wire(descriptor, isConnecting: false, loop: loop)
        let connection = wires.count
        wires.append(wire)
        var (hasLine, hasHead) = (!awaitsLine, false)
        wire.whenRead = { [unowned self, unowned wire] in
            if !hasLine { hasLine = takeLine(wire) }
            while hasLine, wire.isOpen, wire.readCount < wire.received.count {
                if !hasHead, let head = Message.head(wire.received, from: wire.readCount) {
                    hasHead = true
                    whenHead?(Served(message: head.message, wire: wire, site: number, connection: connection))
                }
                guard wire.isOpen, let whole = Message.whole(wire.received, from: wire.readCount, .request) else { break }
                wire.readCount = whole.end
                hasHead = false
                let one = Served(message: whole.message, wire: wire, site: number, connection: connection)
                served.append(one)
                whenWhole(one)
            }
            if wire.hasEnded { wire.finish() }
        }
        whenAccepted?(wire)
    }

    private func takeLine(_ wire: Wire) -> Bool {
        guard let end = wire.received.firstIndex(of: 10) else { return false }
        lines.append(String(decoding: wire.received[..<end], as: UTF8.self))
        wire.readCount = end + 1
        return true
    }
}

/// What a server says where a test does not care: which one it is, and what it was asked.
private func defaultAnswer(_ request: Served) -> String {
    let body = request.message.method == "HEAD" ? "" : "s\(request.site) \(request.message.target)"
    return answer(body: body)
}
