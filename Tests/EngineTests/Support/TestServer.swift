// A server behind the balancer, in the test's own poll loop.

import CLinux
import Codecs
import Glibc

@testable import Engine

final class TestServer: Watched {
    /// How it treats those who connect.
    enum Kind {
        /// Accepts, and does what each client asks.
        case serving
        /// Accepts and reads nothing until told.
        case stalled
        /// Nobody listens: every connect is refused.
        case refusing
        /// Its queue is full, so that a connect gets no answer.
        case silent
    }

    let address: SocketAddress
    let descriptor: Int32
    let kind: Kind
    /// Whether a PROXY header is to come first.
    var awaitsHeader = false
    /// Takes what was accepted, instead of a peer.
    var whenAccepted: ((Int32) -> Void)?
    /// In the order of their accept.
    private(set) var connections: [Peer] = []
    private var byRequest: [UInt32: Peer] = [:]
    private unowned let loop: Loop
    private var number = -1
    /// Connections that fill a silent server's queue.
    private var fillers: [Int32] = []

    /// - Parameter receiveBuffer: what each connection's receive buffer keeps to; otherwise it grows by itself.
    init(_ kind: Kind, at wanted: SocketAddress, receiveBuffer: Int32? = nil, loop: Loop) {
        self.kind = kind
        self.loop = loop
        let native = NativeAddress(wanted)
        let descriptor = swivel_socket(native.family, 1)
        self.descriptor = descriptor
        if native.isInternet { _ = swivel_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
        if let receiveBuffer { _ = swivel_set_option(descriptor, SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        precondition(native.withPointer { bind(descriptor, $0, $1) } == 0, "a server binds \(wanted)")
        address = Self.boundAddress(of: descriptor) ?? wanted
        switch kind {
        case .serving, .stalled:
            precondition(listen(descriptor, 4_096) == 0, "a server listens")
            number = loop.add(self)
        case .refusing: break
        case .silent:
            precondition(listen(descriptor, 0) == 0, "a server listens")
            fillQueue()
        }
    }

    private static func boundAddress(of descriptor: Int32) -> SocketAddress? {
        var native = NativeAddress()
        var byteCount = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafeMutablePointer(to: &native.storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &byteCount) }
        }
        return result == 0 ? native.value : nil
    }

    /// A queue of length 0 holds one connection; the next one waits for an answer that never comes.
    private func fillQueue() {
        let native = NativeAddress(address)
        for _ in 0..<2 {
            let filler = swivel_socket(native.family, 1)
            _ = native.withPointer { swivel_connect(filler, $0, $1) }
            fillers.append(filler)
            // The first stands in the queue before anybody else asks.
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            precondition(poll(&entry, 1, 60_000) == 1, "a connection stands in the queue")
        }
        // Whoever connected before the queue is seen to be full would take the place.
        for _ in 0..<20_000 where native.isInternet && queuedCount == 0 { usleep(1_000) }
    }

    /// Connections in the queue of a listening TCP socket.
    private var queuedCount: UInt32 {
        // The numbers of tcp_info begin behind eight bytes; of one that listens the fifth is this (man 7 tcp, tcpi_unacked).
        var info = [UInt32](repeating: 0, count: 26)
        var byteCount = socklen_t(info.count * 4)
        let result = getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &byteCount)
        return result == 0 ? info[6] : 0
    }

    var wantsBytes: Bool { true }
    var wantsRoom: Bool { false }

    func isReady(forBytes: Bool, forRoom: Bool) {
        while case let accepted = swivel_accept(descriptor, 1), accepted >= 0 {
            if let whenAccepted {
                whenAccepted(accepted)
                continue
            }
            let peer = Peer(server: accepted, isReading: kind == .serving, awaitsHeader: awaitsHeader, loop: loop)
            peer.whenAsked = { [unowned self, unowned peer] id in byRequest[id] = peer }
            connections.append(peer)
        }
    }

    /// Connections that have not ended.
    var openCount: Int { connections.count { $0.isOpen && !$0.hasEnded && $0.failure == 0 } }

    /// The connection of the client that named itself `id`.
    func connection(of id: UInt32) -> Peer? { byRequest[id] }

    func close() {
        for connection in connections { connection.close() }
        for filler in fillers { Glibc.close(filler) }
        if number >= 0 { loop.remove(number) }
        Glibc.close(descriptor)
        if case .unix(let path) = address { unlink(path) }
    }
}
