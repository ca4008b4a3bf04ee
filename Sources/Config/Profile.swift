// What is known of servers by their kind: values that hold where an operator says no other.
// Knows the servers' own defaults. Knows nothing of what was said.

extension Backend {
    /// What `--backend-profile` says the servers are.
    public enum Profile: String, BitwiseCopyable, Equatable, Sendable, CaseIterable {
        case generic
        case gunicornSync = "gunicorn-sync"
        case gunicornThread = "gunicorn-thread"
        case asgi
        case twisted
        case websocket
    }
}

extension Backend.Profile {
    /// What gunicorn's sync workers have buffered for them, each way.
    static let bufferBytes = 1 << 20

    /// Values for a backend, by the options that set them.
    ///
    /// A connection is let go half a second to ten seconds before its server does: the keep-alive of
    /// gunicorn's threads is 2 s (`--keep-alive`), of uvicorn 5 s (`--timeout-keep-alive`), of Twisted's
    /// `HTTPChannel` 60 s. gunicorn's sync workers close after each answer, and do nothing else while
    /// they wait for a slow client.
    func apply(to backend: inout Backend, unless isSaid: (String) -> Bool) {
        switch self {
        case .generic:
            break
        case .gunicornSync:
            if !isSaid("reuse") { backend.reuse = .off }
            if !isSaid("request-buffering") { backend.requestBufferBytes = Self.bufferBytes }
            if !isSaid("response-buffering") { backend.responseBufferBytes = Self.bufferBytes }
        case .gunicornThread:
            if !isSaid("reuse-idle") { backend.reuseIdleMilliseconds = 1_500 }
        case .asgi:
            if !isSaid("reuse-idle") { backend.reuseIdleMilliseconds = 4_000 }
        case .twisted:
            if !isSaid("reuse-idle") { backend.reuseIdleMilliseconds = 50_000 }
        case .websocket:
            if !isSaid("ws-ping-interval") { backend.websocket.pingIntervalMilliseconds = 30_000 }
        }
    }

    /// What bounds the requests that one server works on at once; `nil` where nothing so small does.
    var capacity: String? {
        switch self {
        case .gunicornSync: "its number of workers"
        case .gunicornThread: "its workers times their threads"
        case .generic, .asgi, .twisted, .websocket: nil
        }
    }
}
