// Whether whom a shard lets in, turns away or introduces is whom it should.

import Codecs
@testable import Engine

extension World {
    /// What a header may take, less a tick of the shard's coarse clock.
    private static let prefaceNanoseconds = 5_000_000_000 - Audit.tickNanoseconds

    /// Whether a client may be cut off before it has a server.
    func mayBeRefused(_ client: Link) -> Bool {
        if mustBeRefused(client) { return true }
        let isAwaited = scenario.hasPrefaces && (client.preface.kind == .none || client.hasPrefaceLeft)
        if isAwaited, now - client.openedAt >= Self.prefaceNanoseconds { return true }
        if scenario.connectionRatePerAddress != nil { return true }
        let bound = scenario.connectionsPerAddressMax
        return bound > 0 && others(at: client) >= bound
    }

    private func mustBeRefused(_ client: Link) -> Bool {
        if client.preface.kind == .cut || client.preface.kind == .broken { return true }
        return scenario.isFirstAddressDenied && client.address == scenario.address(0)
    }

    /// Other connections of a client's address that the shards hold.
    private func others(at client: Link) -> Int {
        links.count { $0 !== client && $0.role == .client && $0.address == client.address && $0.descriptor >= 0 && !$0.isClosing }
    }

    /// A client has got a server: nothing stands against it.
    func judgeAdmission(_ client: Link) {
        if mustBeRefused(client) { fail("client \(client.number) should have been refused, and has a server") }
        let joined = links.count {
            $0.role == .client && $0.address == client.address && $0.descriptor >= 0 && !$0.isClosing && $0.pair != nil
        }
        let bound = scenario.connectionsPerAddressMax
        if bound > 0, joined >= bound { fail("client \(client.number) is one too many of its address") }
    }

    /// The first byte, or the end, is about to go to a server.
    func judgeIntroduction(_ server: Link) {
        guard server.role == .server, let version = server.wantedIntroduction, let client = server.pair else { return }
        guard let header = server.introduction, header.version == version, let source = header.source else {
            return fail("server \(server.number) was not told whom it serves")
        }
        if source.host != client.address { fail("server \(server.number) was told that it serves \(source.host)") }
        if client.preface.kind != .none, case .internet(_, let destination) = header.ends, destination != Preface.destination {
            fail("server \(server.number) was told another destination than the client's")
        }
    }
}
