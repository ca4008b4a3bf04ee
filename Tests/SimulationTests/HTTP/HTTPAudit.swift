// Looks, ten times a virtual second, whether an exchange stands still that should not.

@testable import Engine

enum HTTPAudit {
    static func run(_ world: World, _ ledger: Ledger) {
        for client in ledger.clients where !client.isOver {
            guard let link = client.link, link.isUsable, link.descriptor >= 0 else { continue }
            // Behind an answer that ends the connection nothing else was promised.
            if let record = client.awaited, !client.isToldLast { lookAt(record, link, world) }
            lookAtIdleness(client, link, world)
        }
    }

    /// A request whose bytes, or whose answer's, could go on does not lie.
    private static func lookAt(_ record: Asked, _ client: Link, _ world: World) {
        let server = record.attempts.last?.line.link.flatMap { $0.isUsable ? $0 : nil }
        let seen = client.inbound.read + client.outbound.sent + (server.map { $0.inbound.read + $0.outbound.sent } ?? 0)
        guard let what = standing(record, client, server, world), seen == record.progressSeen else {
            record.progressSeen = seen
            record.idleSince = nil
            return
        }
        guard let since = record.idleSince else {
            record.idleSince = world.now
            return
        }
        if world.now - since > Audit.stallNanoseconds { world.fail("request \(record.id) stands still: \(what)") }
    }

    /// What could be moved, or `nil`.
    private static func standing(_ record: Asked, _ client: Link, _ server: Link?, _ world: World) -> String? {
        if world.engines.contains(where: { $0.isShortOfBuffers }) { return nil }
        guard let server, let attempt = record.attempts.last else {
            guard record.plan.flaw == nil else { return nil }
            let isHeadThere = client.inbound.arrived >= record.start + record.headBytes
            // One that was accepted and parked waits for a place.
            guard Audit.hasRoom(world), Audit.room(atPlace: client.listenerPlace, world) > 0 else { return nil }
            guard isHeadThere, client.inbound.read < record.start + record.headBytes else { return nil }
            return "\(client.inbound.readable) bytes of client \(client.number) are not read"
        }
        let hasRoomUp = world.engines[0].hasRoom(server)
        let hasRoomDown = world.engines[0].hasRoom(client)
        if !attempt.isWhole, hasRoomUp, attempt.answer == nil || attempt.isEarly {
            if client.inbound.readable > 0 {
                return "\(client.inbound.readable) bytes of the client are not read, and the server has room"
            }
            if let end = record.end, client.inbound.read >= end {
                return "the end of the body is held, and the server has room"
            }
        }
        guard hasRoomDown else { return nil }
        if server.inbound.readable > 0, !attempt.isAnswerRead {
            return "\(server.inbound.readable) bytes of the server are not read, and the client has room"
        }
        let isAllTaken = client.outbound.read == client.outbound.sent
        if attempt.isAnswerRead, isAllTaken { return "the whole answer is held, and the client has room" }
        return nil
    }

    /// Nothing lasts longer than a timeout allows.
    private static func lookAtIdleness(_ client: HTTPClient, _ link: Link, _ world: World) {
        let scenario = world.scenario
        let waiting = (scenario.connectTimeout + scenario.queueTimeout) * UInt64(scenario.retriesMax + 1)
        let patience = (scenario.http.longestTimeout + waiting) * 1_000_000 * 2 + 2 * Audit.reliefNanoseconds
        let server = client.awaited?.attempts.last?.line.link
        // One that was accepted and parked waits for a place.
        let isServed = link.inbound.read > 0 || link.outbound.sent > 0
        if !isServed, !Audit.hasRoom(world) || Audit.room(atPlace: link.listenerPlace, world) == 0 {
            link.idleSince = world.now
        }
        let moved = max(link.movedAt, link.idleSince ?? 0, server?.movedAt ?? 0)
        if world.now - moved > patience {
            world.fail(
                "client \(client.name) has been idle for \((world.now - moved) / 1_000_000) ms, and its connection goes on")
        }
    }
}
