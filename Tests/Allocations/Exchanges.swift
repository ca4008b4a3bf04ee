// Exchanges through a data plane in http mode: keep-alive clients and a server that keeps its connections, played
// by one thread that takes no memory.

import Config
import Engine
import Glibc

/// One engine that serves HTTP.
struct Exchanges {
    private static var clientCount: Int { 32 }
    private static var connectionsMax: Int { 256 }
    private static var bytesMax: Int { 64 * 1024 }
    private static var bodyBytes: Int { 10 * 1024 }

    private let stage: Stage
    private let clients: UnsafeMutableBufferPointer<Int32>
    /// The server's listener, then its connections.
    private let watched: UnsafeMutablePointer<pollfd>
    private var watchedCount = 1
    private let get: UnsafeMutableRawBufferPointer
    private let post: UnsafeMutableRawBufferPointer
    /// What the server says, and what clients are to get.
    private let answer: UnsafeMutableRawBufferPointer
    private let expected: UnsafeMutableRawBufferPointer
    private let back = UnsafeMutableRawBufferPointer.allocate(byteCount: bytesMax, alignment: 64)

    /// - Parameters:
    ///   - cookie: what clients bring with their GETs besides one of their own.
    ///   - addedFields: lines that the answers' heads end with when clients get them.
    init(
        _ engine: ProcessOptions.Engine, cookie: String = "c=d", addedFields: String = "",
        _ configure: (inout Configuration) -> Void = { _ in }
    ) throws {
        stage = try Stage(engine, .http, configure)
        get = Self.bytes(
            "GET /index.html?a=b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: rehearsal\r\nAccept: */*\r\nCookie: a=b; \(cookie)\r\n\r\n")
        post = Self.bytes(
            "POST /form HTTP/1.1\r\nHost: example.com\r\nContent-Length: \(Self.bodyBytes)\r\n\r\n", bodyBytes: Self.bodyBytes)
        let head = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\nContent-Length: 128\r\n"
        answer = Self.bytes(head + "\r\n", bodyBytes: 128)
        expected = Self.bytes(head + addedFields + "\r\n", bodyBytes: 128)
        clients = .allocate(capacity: Self.clientCount)
        clients.initialize(repeating: -1)
        watched = .allocate(capacity: Self.connectionsMax)
        watched[0] = pollfd(fd: stage.listener, events: Int16(POLLIN), revents: 0)
        for index in clients.indices { clients[index] = try stage.connect() }
    }

    private static func bytes(_ head: String, bodyBytes: Int = 0) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: head.utf8.count + bodyBytes, alignment: 64)
        memory.copyBytes(from: head.utf8)
        for index in 0..<bodyBytes { memory[head.utf8.count + index] = UInt8(truncatingIfNeeded: index &* 31) }
        return memory
    }

    /// Gives all back, so that the next engine starts alone.
    func end() {
        for client in clients { close(client) }
        for index in 1..<watchedCount { close(watched[index].fd) }
        stage.end()
        clients.deallocate()
        watched.deallocate()
        get.deallocate()
        post.deallocate()
        answer.deallocate()
        expected.deallocate()
        back.deallocate()
    }

    /// Exchanges whose server connection had served before.
    var reused: UInt64 { stage.plane.total(.reused) }

    mutating func gets(_ count: Int) throws(Failure) { try exchange(count, UnsafeRawBufferPointer(get), bodyBytes: 0) }
    mutating func posts(_ count: Int) throws(Failure) { try exchange(count, UnsafeRawBufferPointer(post), bodyBytes: Self.bodyBytes) }

    /// Every client asks, the server answers all, every client has its answer; until it were `count` requests.
    private mutating func exchange(_ count: Int, _ request: UnsafeRawBufferPointer, bodyBytes: Int) throws(Failure) {
        var done = 0
        while done < count {
            let round = min(clients.count, count - done)
            for index in 0..<round { try Pair.send(request, by: clients[index]) }
            try serve(round, bodyBytes: bodyBytes)
            let said = UnsafeMutableRawBufferPointer(rebasing: back[..<expected.count])
            for index in 0..<round {
                try Pair.receive(said, by: clients[index])
                guard memcmp(said.baseAddress!, expected.baseAddress!, expected.count) == 0 else {
                    throw Failure(what: "an answer is not what was said")
                }
            }
            done += round
            stage.plane.takeLog { $0.count }
        }
    }

    /// The server answers `count` requests, on whichever connections they come.
    private mutating func serve(_ count: Int, bodyBytes: Int) throws(Failure) {
        var served = 0
        while served < count {
            let ready = Pair.again { poll(watched, nfds_t(watchedCount), Int32(Stage.patienceSeconds * 1000)) }
            guard ready > 0 else { throw Failure(what: "\(count - served) requests did not come", errno: errno) }
            if watched[0].revents != 0 { try take() }
            // From the end: the last takes the place of one that leaves.
            for index in stride(from: watchedCount - 1, to: 0, by: -1) where watched[index].revents != 0 {
                if try answerOne(watched[index].fd, bodyBytes) {
                    served += 1
                } else {
                    close(watched[index].fd)
                    watchedCount -= 1
                    watched[index] = watched[watchedCount]
                }
            }
        }
    }

    private mutating func take() throws(Failure) {
        let connection = Pair.again { accept(stage.listener, nil, nil) }
        guard connection >= 0, watchedCount < Self.connectionsMax else { throw Failure(what: "a connection at the server", errno: errno) }
        Stage.bePatient(connection)
        watched[watchedCount] = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        watchedCount += 1
    }

    /// Reads one request and answers it; `false` where the connection has ended.
    private func answerOne(_ connection: Int32, _ bodyBytes: Int) throws(Failure) -> Bool {
        var count = 0
        while true {
            let room = back.count - count
            let came = Pair.again { recv(connection, back.baseAddress! + count, room, 0) }
            if came == 0, count == 0 { return false }
            guard came > 0 else { throw Failure(what: "a request", errno: errno) }
            count += came
            // No body of these requests ends its own head.
            guard let head = headBytes(count) else { continue }
            if count == head + bodyBytes { break }
            guard count < head + bodyBytes else { throw Failure(what: "bytes behind a request") }
        }
        try Pair.send(UnsafeRawBufferPointer(answer), by: connection)
        return true
    }

    private func headBytes(_ count: Int) -> Int? {
        guard count >= 4 else { return nil }
        for place in 4...count where back[place - 1] == 10 && back[place - 2] == 13 && back[place - 3] == 10 && back[place - 4] == 13 {
            return place
        }
        return nil
    }
}
