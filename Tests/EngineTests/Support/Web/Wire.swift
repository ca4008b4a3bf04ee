// One end of a connection as bytes: a client of the balancer, or a server's side of what it made. It sends what
// it is told and keeps all that comes.

import CLinux
import Glibc

@testable import Engine

final class Wire: Watched {
    /// The socket; -1 once closed.
    private(set) var descriptor: Int32
    /// All that has come, what was read already included.
    private(set) var received: [UInt8] = []
    /// How far `received` has been read as messages.
    var readCount = 0
    /// The other side's end has come, in order.
    private(set) var hasEnded = false
    /// What broke the connection, as errno; 0: nothing.
    private(set) var failure: Int32 = 0
    private(set) var sentCount = 0

    /// Called whenever bytes or the end have come.
    var whenRead: (() -> Void)?
    /// Bytes that go in one send.
    var pieceBytes = Int.max

    private unowned let loop: Loop
    private var number = -1
    private var outgoing: [UInt8] = []
    private var outgoingStart = 0
    private var isConnecting: Bool
    private var isReading = true
    /// Nothing comes any more, and not in order.
    private var isBroken = false
    private var finishes = false
    private var hasFinished = false

    /// - Parameter isConnecting: its connect is on its way.
    init(_ descriptor: Int32, isConnecting: Bool, loop: Loop) {
        self.descriptor = descriptor
        self.isConnecting = isConnecting
        self.loop = loop
        number = loop.add(self)
    }

    // MARK: - Orders

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        guard isOpen else { return }
        if outgoingStart == outgoing.count { (outgoing, outgoingStart) = (bytes, 0) } else { outgoing += bytes }
        if !isConnecting { pushOut() }
        if isOpen { loop.change(number) }
    }

    /// Ends this direction after the last byte.
    func finish() {
        finishes = true
        guard isOpen else { return }
        if !isConnecting { pushOut() }
        if isOpen { loop.change(number) }
    }

    func stall() {
        isReading = false
        if isOpen { loop.change(number) }
    }

    func resume() {
        isReading = true
        if isOpen { loop.change(number) }
    }

    /// Ends the connection at once; the other side sees a reset.
    func reset() {
        if isOpen { _ = swivel_linger_zero(descriptor) }
        close()
    }

    /// Ends the connection once the other side's kernel knows: over TCP that may be later than what is done next.
    func closeOnceKnown() {
        shutdown(descriptor, Int32(SHUT_WR))
        let deadline = swivel_monotonic_ns() + 20_000_000_000
        // The end counts as a byte until it is confirmed.
        while swivel_unsent(descriptor) > 0, swivel_monotonic_ns() < deadline { sched_yield() }
        close()
    }

    func close() {
        guard isOpen else { return }
        loop.remove(number)
        Glibc.close(descriptor)
        descriptor = -1
    }

    // MARK: - Questions

    var isOpen: Bool { descriptor >= 0 }
    var isConnected: Bool { !isConnecting && failure == 0 }
    /// No byte will come any more, in order or not.
    var isOver: Bool { hasEnded || isBroken || !isOpen }
    var wasReset: Bool { failure == ECONNRESET || failure == EPIPE }
    var unsentCount: Int { outgoing.count - outgoingStart }
    /// What has not been read as a message.
    var rest: String { String(decoding: received[readCount...], as: UTF8.self) }

    var state: String {
        "sent \(sentCount) unsent \(unsentCount) received \(received.count) ended \(hasEnded) errno \(failure) rest \(rest.prefix(200).debugDescription)"
    }

    // MARK: - The loop's calls

    // What came before a send failed is still there.
    var wantsBytes: Bool { isReading && !isOver && !isConnecting }
    var wantsRoom: Bool { failure == 0 && (isConnecting || unsentCount > 0 || (finishes && !hasFinished)) }

    func isReady(forBytes: Bool, forRoom: Bool) {
        if isConnecting {
            failure = -swivel_socket_error(descriptor)
            isBroken = failure != 0
            isConnecting = false
        }
        if forRoom, isOpen, failure == 0 { pushOut() }
        if forBytes, isOpen, wantsBytes { takeIn() }
    }

    private func takeIn() {
        let count = swivel_receive(descriptor, loop.scratch, Loop.scratchBytes)
        if count > 0 {
            received += UnsafeBufferPointer(start: loop.scratch.assumingMemoryBound(to: UInt8.self), count: count)
        } else if count == 0, failure == 0 {
            hasEnded = true
        } else if count != -Int(EAGAIN) {
            // A send may have told of it first, and the kernel tells once.
            if failure == 0 { failure = Int32(-count) }
            isBroken = true
        }
        whenRead?()
    }

    private func pushOut() {
        while unsentCount > 0, failure == 0 {
            let count = min(unsentCount, pieceBytes, 256 * 1024)
            let sent = outgoing.withUnsafeBytes { swivel_send(descriptor, $0.baseAddress! + outgoingStart, count) }
            guard sent >= 0 else {
                if sent != -Int(EAGAIN) { failure = Int32(-sent) }
                return
            }
            outgoingStart += sent
            sentCount += sent
            // One piece a turn: the other end sees them apart.
            if pieceBytes < .max { break }
        }
        if unsentCount == 0, finishes, !hasFinished, failure == 0 {
            shutdown(descriptor, Int32(SHUT_WR))
            hasFinished = true
        }
    }
}
