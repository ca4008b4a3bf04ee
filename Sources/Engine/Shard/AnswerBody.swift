// The body of an answer, from its server to its client, and its end.

internal import Codecs
internal import Config

extension Shard where IO: ~Copyable {
    /// Passes on what has come of the answer's body. Answers `false` where the exchange has gone another way.
    @inline(__always)
    mutating func passBody(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ handle: Handle,
        _ server: UnsafeMutablePointer<HTTPConnection>, _ client: UnsafeMutablePointer<HTTPConnection>
    ) -> Bool {
        let pool = io.buffers
        let bound = answerBytesMax(exchange)
        let before = client.pointee.output.count
        let outcome = exchange.pointee.responseBody.forward(
            from: &server.pointee.input, to: &client.pointee.output, bound: bound, in: pool)
        let passed = client.pointee.output.count - before
        if passed > 0 {
            tally.add(UInt64(passed), to: .bytesOut, of: globalServer(server))
            list(client, exchange.pointee.client)
            // A collected answer is not to keep the buffers that servers are listened to with.
            if bound > HTTPConnection.highWaterBytes, client.pointee.output.count > HTTPConnection.highWaterBytes,
                !client.pointee.facts.contains(.sending), !client.pointee.output.moveToSpill(in: pool)
            {
                counters.count(.spillExhausted)
            }
        }
        switch outcome {
        case .malformed(let rejection):
            exchange.pointee.rejection = rejection
            counters.count(.responsesMalformed)
            cut(name, exchange)
            return false
        case .short:
            counters.count(.spillExhausted)
            cut(name, exchange)
            return false
        case .ended: exchange.pointee.facts.insert(.responseEnded)
        case .more:
            if server.pointee.facts.contains(.ended), server.pointee.input.isEmpty, exchange.pointee.responseBody.isUntilClose,
                !server.pointee.facts.contains(.broken)
            {
                exchange.pointee.responseBody.connectionEnded()
                exchange.pointee.facts.insert(.responseEnded)
            } else if client.pointee.output.count >= bound {
                server.pointee.facts.insert(.full)
            } else {
                considerSplice(name, exchange, up: false)
            }
        }
        return true
    }

    /// How much of an answer may wait for its client.
    func answerBytesMax(_ exchange: UnsafeMutablePointer<Exchange>) -> Int {
        let asked = plan.backends[Int(exchange.pointee.backend)].exchanges.responseBufferBytes
        // With much waiting already, each has its share of what is left.
        guard io.buffers.mayCollect else { return HTTPConnection.lowWaterBytes }
        return max(asked, HTTPConnection.highWaterBytes)
    }

    /// The answer is whole. The server is done with, unless it still takes the rest of the request.
    mutating func answerOver(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ handle: Handle,
        _ server: UnsafeMutablePointer<HTTPConnection>, _ client: UnsafeMutablePointer<HTTPConnection>
    ) {
        if !exchange.pointee.requestBody.isEnded {
            // A server may answer before it has read everything and read on (RFC 9112 section 9.3), or close.
            guard
                !server.pointee.facts.isDisjoint(with: [.ended, .deaf]) || !exchange.pointee.facts.contains(.serverPersistent)
                    || exchange.pointee.facts.contains(.abandoned) || !server.pointee.input.isEmpty
            else { return }
            exchange.pointee.facts.insert(.abandoned)
        } else if owesTail(exchange, server) {
            return
        }
        releaseServer(exchange, handle, server)
        over(name, exchange)
    }

    /// The last bytes of the request have still to go to a server that reads on, though it has answered.
    func owesTail(_ exchange: UnsafeMutablePointer<Exchange>, _ server: UnsafeMutablePointer<HTTPConnection>) -> Bool {
        guard exchange.pointee.facts.contains(.serverPersistent), server.pointee.facts.isDisjoint(with: [.ended, .deaf]),
            server.pointee.input.isEmpty
        else { return false }
        return !server.pointee.output.isEmpty && !server.pointee.isOnItsWay
    }

    /// The server's connection has ended before its answer was whole.
    mutating func serverEnded(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ server: UnsafeMutablePointer<HTTPConnection>
    ) {
        guard exchange.pointee.facts.contains(.answered) else { return serverFailed(name, exchange, .serverClosed) }
        cut(name, exchange)
    }

    /// The server's answer is none.
    mutating func misbehaved(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ rejection: Rejection?) {
        exchange.pointee.rejection = rejection
        counters.count(.responsesMalformed)
        giveUp(name, exchange, .responseMalformed)
    }
}
