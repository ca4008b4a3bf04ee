// One end of a connection through the balancer: a client, or a server's side of what the balancer made.
// It sends its stream, checks every byte that comes, and remembers how the connection ended.

import CLinux
import Codecs
import Glibc

@testable import Engine

final class Peer: Watched {
    /// The socket; -1 once closed.
    private(set) var descriptor: Int32
    let isClient: Bool
    /// Known from the start on clients, from the first bytes on servers.
    private(set) var request: Request?
    /// Payload, without the request's own bytes.
    private(set) var sentCount = 0
    private(set) var receivedCount = 0
    /// A byte came that was not due.
    private(set) var isCorrupt = false
    /// The other side's end has come, in order.
    private(set) var hasEnded = false
    /// Our own end has been told.
    private(set) var hasShut = false
    /// What broke the connection, as errno; 0: nothing.
    private(set) var failure: Int32 = 0

    /// Whether a server's side ends its direction once the client has ended its own.
    var endsWithTheOther = true
    /// The PROXY header that a server's side got, where it waits for one.
    private(set) var header: ProxyHeader?

    /// Called on a server's side with the client's number, once its request has come.
    var whenAsked: ((UInt32) -> Void)?

    private unowned let loop: Loop
    private var number = 0
    private var isReading = true
    private var isConnecting: Bool
    private var toSendCount = 0
    private var endsAfterSending = false
    /// The request on its way, or as far as it has come.
    private var head: [UInt8]
    /// Bytes to send back, on an echoing server.
    private var echo: [UInt8] = []
    private var chunks: Seeded?
    /// Bytes of the head that a client may send now, and how many go at a time.
    private var headLeft = Int.max
    private var headPiece = Int.max
    /// On a server's side, as far as the PROXY header has come; `nil`: none is awaited.
    private var headerBytes: [UInt8]?

    /// A client whose connect is on its way.
    ///
    /// - Parameter preface: what it sends before its request.
    init(client descriptor: Int32, preface: [UInt8] = [], _ request: Request, loop: Loop) {
        self.descriptor = descriptor
        self.request = request
        self.loop = loop
        isClient = true
        isConnecting = true
        head = preface + request.bytes
        number = loop.add(self)
    }

    /// A connection that a server has accepted.
    init(server descriptor: Int32, isReading: Bool, awaitsHeader: Bool = false, loop: Loop) {
        self.descriptor = descriptor
        self.loop = loop
        self.isReading = isReading
        isClient = false
        isConnecting = false
        headerBytes = awaitsHeader ? [] : nil
        head = []
        number = loop.add(self)
    }

    // MARK: - Orders

    /// Sends `count` bytes more of the stream.
    func send(_ count: Int) {
        toSendCount += count
        loop.change(number)
    }

    /// Ends this direction after the last byte.
    func finish() {
        endsAfterSending = true
        if isOpen { pushOut() }
        loop.change(number)
    }

    /// Sends pieces of random sizes instead of all at once.
    func sendInPieces(seed: UInt64) { chunks = Seeded(seed) }

    /// Sends the head in pieces of so many bytes, and after `count` of them nothing more until `goOn`.
    func cutHead(into piece: Int = .max, holdingAfter count: Int = .max) {
        headPiece = piece
        headLeft = count
    }

    func goOn() {
        headLeft = .max
        loop.change(number)
    }

    func stall() {
        isReading = false
        loop.change(number)
    }

    func resume() {
        isReading = true
        loop.change(number)
    }

    /// Ends the connection at once; the other side sees a reset.
    func reset() {
        if isOpen { _ = swivel_linger_zero(descriptor) }
        close()
    }

    func close() {
        guard isOpen else { return }
        loop.remove(number)
        Glibc.close(descriptor)
        descriptor = -1
    }

    func setReceiveBuffer(bytes: Int32) { _ = swivel_set_option(descriptor, SOL_SOCKET, SO_RCVBUF, bytes) }

    // MARK: - Questions

    var isOpen: Bool { descriptor >= 0 }
    /// Connected as far as this end knows.
    var isConnected: Bool { !isConnecting && failure == 0 }
    /// Everything asked for has been handed to the kernel.
    var hasSentAll: Bool { head.isEmpty && sentCount == toSendCount && echo.isEmpty }
    /// Nothing wrong in what came, and nothing missing.
    func hasReceived(_ count: Int) -> Bool { receivedCount == count && !isCorrupt }
    var wasReset: Bool { failure == ECONNRESET || failure == EPIPE }
    /// A client that has handed over as much of its head as it may.
    var isHolding: Bool { !isConnecting && headLeft == 0 }
    /// The other kernel has everything that was handed over: it knows of the connection, too.
    var isAcknowledged: Bool { isOpen && hasSentAll && swivel_unsent(descriptor) == 0 }

    // MARK: - The loop's calls

    var wantsBytes: Bool { isReading && !hasEnded && failure == 0 && !isConnecting }
    var wantsRoom: Bool { failure == 0 && (isConnecting || hasBytesToSend) }

    private var hasBytesToSend: Bool {
        if isClient, headLeft == 0 { return false }
        if isClient { return !head.isEmpty || sentCount < toSendCount }
        return !echo.isEmpty || sentCount < toSendCount
    }

    func isReady(forBytes: Bool, forRoom: Bool) {
        if isConnecting {
            failure = -swivel_socket_error(descriptor)
            isConnecting = false
        }
        if forBytes, isOpen, wantsBytes { takeIn() }
        if forRoom, isOpen, failure == 0 { pushOut() }
    }

    private func takeIn() {
        // An echoing server sends back what it has before it reads on.
        guard isClient || request?.mode != .echo || echo.isEmpty else { return }
        if headerBytes != nil { return takeHeader() }
        let wanted = isClient || request != nil ? Loop.scratchBytes : Request.byteCount - head.count
        let count = swivel_receive(descriptor, loop.scratch, wanted)
        if count > 0 { return received(UnsafeRawBufferPointer(start: loop.scratch, count: count)) }
        if count == 0 { return ended() }
        if count != -Int(EAGAIN) { failure = Int32(-count) }
    }

    /// Byte by byte: nothing behind the header is taken.
    private func takeHeader() {
        var byte: UInt8 = 0
        while headerBytes != nil, case let count = swivel_receive(descriptor, &byte, 1), count != -Int(EAGAIN) {
            if count == 0 { return ended() }
            guard count == 1 else { return failure = Int32(-count) }
            headerBytes!.append(byte)
            switch ProxyHeader.parse(headerBytes!.span) {
            case .incomplete: break
            case .malformed: return isCorrupt = true
            case .header(let header, _): (self.header, headerBytes) = (header, nil)
            }
        }
    }

    private func received(_ bytes: UnsafeRawBufferPointer) {
        guard let request else { return receivedHead(bytes) }
        if isClient || request.mode == .transfer {
            let side: Side = isClient && request.mode == .transfer ? .down : .up
            if !Pattern(request.id, side).matches(bytes, at: receivedCount) { isCorrupt = true }
        } else {
            echo = Array(bytes)
            pushOut()
        }
        receivedCount += bytes.count
    }

    private func receivedHead(_ bytes: UnsafeRawBufferPointer) {
        head += bytes
        guard head.count == Request.byteCount else { return }
        request = Request(head)
        head = []
        guard let request else { return isCorrupt = true }
        whenAsked?(request.id)
        if request.mode == .transfer { toSendCount += request.downBytes }
        if request.serverEndsFirst { endsAfterSending = true }
        pushOut()
    }

    private func ended() {
        hasEnded = true
        if !isClient, endsWithTheOther { endsAfterSending = true }
        if failure == 0 { pushOut() }
        closeIfOver()
    }

    private func pushOut() {
        guard !isConnecting, failure == 0, isOpen else { return }
        if isClient, !head.isEmpty, headLeft > 0, let sent = send(Array(head.prefix(min(headLeft, headPiece)))) {
            head.removeFirst(sent)
            headLeft -= headLeft == .max ? 0 : sent
        }
        guard !isClient || head.isEmpty else { return }
        if !echo.isEmpty, let sent = send(echo) {
            sentCount += sent
            toSendCount += sent
            echo.removeFirst(sent)
        }
        sendStream()
        if endsAfterSending, !hasShut, failure == 0, hasSentAll {
            shutdown(descriptor, Int32(SHUT_WR))
            hasShut = true
            closeIfOver()
        }
    }

    private func sendStream() {
        guard let request, request.mode == .transfer || isClient else { return }
        let pattern = Pattern(request.id, isClient ? .up : .down)
        // A few turns' worth at most: other sockets of this thread are to have theirs.
        for _ in 0..<8 where sentCount < toSendCount {
            var count = toSendCount - sentCount
            if chunks != nil { count = min(count, Int.random(in: 1...30_000, using: &chunks!)) }
            let bytes = pattern.bytes(at: sentCount, count: min(count, 256 * 1_024))
            let sent = swivel_send(descriptor, bytes.baseAddress!, bytes.count)
            if sent < 0 {
                if sent != -Int(EAGAIN) { failure = Int32(-sent) }
                return
            }
            sentCount += sent
        }
    }

    private func send(_ bytes: [UInt8]) -> Int? {
        let sent = bytes.withUnsafeBytes { swivel_send(descriptor, $0.baseAddress!, $0.count) }
        if sent >= 0 { return sent }
        if sent != -Int(EAGAIN) { failure = Int32(-sent) }
        return nil
    }

    /// Both directions have ended in order: the descriptor is not needed any more.
    private func closeIfOver() {
        if hasEnded, hasShut { close() }
    }
}
