// What somebody outside does with a connection.

import Codecs

struct PeerScript {
    /// What follows once all bytes are written.
    enum Ending {
        /// Sends no more, and reads on to the end.
        case shutdown
        /// The same, once the other side has finished.
        case afterPeer
        /// Closes at once: what comes later is answered with a reset.
        case close
        /// Neither sends nor closes.
        case never
        case reset
    }

    /// Sent before anything else.
    var preface = Preface()
    var bytes = 0
    /// Sends as many bytes as it has read, and `bytes` beyond.
    var isEcho = false
    var chunk: ClosedRange<Int> = 1...4096
    var pause: ClosedRange<UInt64> = 0...200_000
    var delay: UInt64 = 0
    var readChunk: ClosedRange<Int> = 1...65_536
    var readPause: ClosedRange<UInt64> = 0...50_000
    /// Nothing is read before so many nanoseconds; `UInt64.max`: ever.
    var readsAfter: UInt64 = 0
    var ending = Ending.shutdown
    /// Resets the connection so many nanoseconds after it began.
    var resetsAfter: UInt64?

    static func sends(_ bytes: Int, then ending: Ending = .shutdown) -> PeerScript {
        var script = PeerScript()
        script.bytes = bytes
        script.ending = ending
        return script
    }

    /// Answers every byte with one of its own, and ends when its peer has.
    static var echo: PeerScript {
        var script = PeerScript()
        script.isEcho = true
        script.ending = .afterPeer
        return script
    }

    /// Sends, and reads nothing, ever.
    static func sendsUnreading(_ bytes: Int) -> PeerScript {
        var script = sends(bytes, then: .never)
        script.readsAfter = .max
        return script
    }
}

/// A client to come.
struct ClientPlan {
    var at: UInt64 = 0
    /// The listener's place in the plan, and the shard whose queue the kernel chooses.
    var listener = 0
    var shard = 0
    var script: PeerScript
    /// What it says, in a scenario of HTTP; the script then only tells how.
    var http: HTTPClientPlan?
    /// The WebSocket that it asks for instead.
    var webSocket: WebSocketClientPlan?
}

/// How a server answers connects, and what it then does.
struct ServerHabits {
    enum Answer {
        case accepts, refuses, unreachable
        /// Nothing at all: the connect is for the shard to give up.
        case silence
    }

    /// One is drawn for each connect.
    var answers: [Answer] = [.accepts]
    /// Before so many nanoseconds every connect is refused.
    var opensAt: UInt64 = 0
    var latency: ClosedRange<UInt64> = 0...500_000
    /// The PROXY header that it wants first.
    var introduction: ProxyHeader.Version?
    /// One is drawn for each connection.
    var scripts: [PeerScript] = [.echo]
    var weight = 1
    /// 0: none.
    var connectionsMax = 0
    /// What it answers, in a scenario of HTTP.
    var http = HTTPServerHabits()
    /// What it makes of requests for WebSockets, in a scenario of those.
    var webSocket = WebSocketServerHabits()
}
