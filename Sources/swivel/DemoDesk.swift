// What the demo's servers answer to which request. Any of them can stop and start any other.

internal import Codecs

struct DemoDesk: Sendable {
    let servers: [DemoServer]

    /// The answer of the server at this place.
    func answer(_ request: DemoRequest, from place: Int) -> DemoAnswer {
        switch request.path {
        case "/": read(request) { request.wantsPage ? .html(DemoPage.text(from: servers[place], servers)) : line(place) }
        case "/chat": read(request) { chat(request) }
        case "/answer": read(request) { state(place) }
        case "/stop": write(request, stop)
        case "/start": write(request, start)
        default: DemoAnswer(status: 404, text: "server \(servers[place].name) has nothing of that name\n")
        }
    }

    /// Of a request for the chat that can be taken up; any other is to be answered.
    func chatKey(_ request: DemoRequest) -> WebSocketKey? { request.path == "/chat" ? request.webSocketKey : nil }

    private func chat(_ request: DemoRequest) -> DemoAnswer {
        guard request.webSocketKey == nil else { return DemoAnswer(status: 503, text: "every seat of the chat is taken\n") }
        return DemoAnswer(status: 426, field: "Sec-WebSocket-Version: 13", text: "the chat is a WebSocket\n")
    }

    /// What members of the chat are told of the server that has a line from them, or has taken them in.
    func chatLine(_ text: String, through place: Int) -> String { "\(servers[place].name) \(text)" }

    private func read(_ request: DemoRequest, _ answer: () -> DemoAnswer) -> DemoAnswer {
        switch request.method {
        case .get, .head: answer()
        default: DemoAnswer(status: 405, field: "Allow: GET, HEAD", text: "ask with GET\n")
        }
    }

    private func write(_ request: DemoRequest, _ change: (DemoServer) -> DemoAnswer) -> DemoAnswer {
        guard request.method == .post else { return DemoAnswer(status: 405, field: "Allow: POST", text: "ask with POST\n") }
        guard let server = servers.first(where: { $0.name == request.server }) else {
            let names = servers.map { "?server=\($0.name)" }.joined(separator: ", ")
            return DemoAnswer(status: 404, text: "no such server; there are \(names)\n")
        }
        var answer = change(server)
        // A form without its script goes back to the page.
        if request.wantsPage, answer.status == 200 { (answer.status, answer.field) = (303, "Location: /") }
        return answer
    }

    private func line(_ place: Int) -> DemoAnswer {
        DemoAnswer(text: "served by server \(servers[place].name) at \(servers[place].address)\n")
    }

    /// For the page's script; names need no escape.
    private func state(_ place: Int) -> DemoAnswer {
        let running = servers.filter(\.isRunning).map { "\"\($0.name)\"" }.joined(separator: ",")
        return .json("{\"server\":\"\(servers[place].name)\",\"running\":[\(running)]}\n")
    }

    private func stop(_ server: DemoServer) -> DemoAnswer {
        guard server.isRunning else { return DemoAnswer(text: "server \(server.name) is stopped already\n") }
        guard servers.contains(where: { $0.isRunning && $0 !== server }) else {
            let problem = "server \(server.name) is the last one: nobody would be left to start it again"
            return DemoAnswer(status: 409, text: problem + "\n")
        }
        server.stop()
        return DemoAnswer(text: "server \(server.name) is stopped\n")
    }

    private func start(_ server: DemoServer) -> DemoAnswer {
        guard server.start() else {
            return DemoAnswer(status: 503, text: "server \(server.name) cannot listen at \(server.address) again\n")
        }
        return DemoAnswer(text: "server \(server.name) is running\n")
    }
}
