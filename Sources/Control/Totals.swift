// The last words in the event log: what it came to, and what was left over, which should be nothing.

internal import Config
internal import Engine

struct Totals {
    let plane: DataPlane
    /// Lines of the access log that its target did not take.
    let lostLogLines: UInt64

    /// Every shard has ended.
    func write(to events: EventLog) {
        writeConnections(to: events)
        if plane.listening.contains(where: { $0.mode == .http }) { writeRequests(to: events) }
        if total(.tunnelsOpened) > 0 { writeTunnels(to: events) }
        if total(.queued) + total(.queueFull) > 0 {
            events.write(
                .info,
                """
                queue: waited \(total(.queued)), timed out \(total(.queueTimeouts)), refused \(total(.queueFull)), \
                places handed over \(total(.placesHandedOver))
                """)
        }
        if plane.resources.shardCount > 1 {
            let accepted = plane.byShard(.accepted).map(String.init).joined(separator: " ")
            events.write(.info, "shards: connections \(accepted), handed over \(total(.handOvers))")
        }
        writeLeftOver(to: events)
        if let refusals = Refusals.text(plane) { events.write(.info, refusals) }
        if let refusals = Refusals.requestsText(plane) { events.write(.info, refusals) }
        let reported = [
            (total(.stopped), "connections ended by the stop"),
            (total(.logLinesDropped) + lostLogLines, "log lines dropped"),
        ]
        for (count, meaning) in reported where count > 0 { events.write(.warn, "\(count) \(meaning)") }
    }

    private func total(_ counter: Counter) -> UInt64 { plane.total(counter) }

    private func writeConnections(to events: EventLog) {
        events.write(
            .info,
            """
            totals: connections \(total(.accepted)), refused \(Refusals.total(plane)), failed \(total(.unserved)), \
            bytes in \(total(.bytesIn)), bytes out \(total(.bytesOut)), \
            spliced \(total(.bytesSpliced)), retries \(total(.retries))
            """)
    }

    /// What began as HTTP and was upgraded: WebSockets, and what routes let pass.
    private func writeTunnels(to events: EventLog) {
        let servers = 0..<plane.serverCount
        let (messagesIn, messagesOut) = (sum(.messagesIn, servers), sum(.messagesOut, servers))
        events.write(
            .info,
            """
            tunnels: opened \(total(.tunnelsOpened)), messages in \(messagesIn), out \(messagesOut), \
            closed by drain \(total(.tunnelsDrained)), by rebalancing \(total(.tunnelsRebalanced)), \
            cut without a close \(total(.tunnelsCut)), silent \(total(.pingTimeouts)), \
            frames against the rules \(total(.framesMalformed)), paced \(total(.tunnelsPaced)), \
            refused by the pace \(total(.tunnelsRefused))
            """)
        let closes = closes(servers)
        if !closes.isEmpty { events.write(.info, "WebSockets ended: \(closes.joined(separator: ", "))") }
    }

    /// How often each code was said first, and by whom; 1006 stands for none (RFC 6455 section 7.4.1).
    private func closes(_ servers: Range<Int>) -> [String] {
        var parts: [String] = []
        for group in CloseGroup.all {
            for initiator in CloseInitiator.allCases {
                let count = servers.reduce(UInt64(0)) { $0 + plane.closes(group, by: initiator, server: $1) }
                if count > 0 { parts.append("\(group.name) by \(initiator) \(count)") }
            }
        }
        return parts
    }

    private func sum(_ figure: ServerFigure, _ servers: Range<Int>) -> UInt64 {
        servers.reduce(0) { $0 + plane.total(figure, server: $1) }
    }

    /// Answers are counted by their class, those of our own among them.
    private func writeRequests(to events: EventLog) {
        events.write(
            .info,
            """
            requests: \(total(.requests)), refused \(total(.requestsRefused)), \
            answers 2xx \(total(.answers2xx)), 3xx \(total(.answers3xx)), 4xx \(total(.answers4xx)), \
            5xx \(total(.answers5xx)), of our own \(total(.ownAnswers)), 5xx of our own \(total(.ownAnswers5xx)), \
            cut \(total(.responsesCut)), heads too late \(total(.headTimeouts)), heads cut \(total(.requestsCut))
            """)
        writeRouted(to: events)
        events.write(
            .info,
            """
            servers: connections \(total(.serverConnects)), used again \(total(.reused)), \
            found closed \(total(.staleReuses)), malformed answers \(total(.responsesMalformed)), \
            spoken unasked \(total(.unaskedAnswers)), retries beyond the budget \(total(.retryBudgetExhausted))
            """)
    }

    /// What routes, limits and stickiness did, where they did anything.
    private func writeRouted(to events: EventLog) {
        let reasons: [(counter: Counter, words: String)] = [
            (.rateLimited, "beyond a rate"), (.redirects, "redirected"), (.deniedByRoute, "denied by a route"),
            (.unrouted, "without a route"), (.stickyReassigned, "moved to another server"),
            (.stickyForged, "with a cookie of nobody"),
        ]
        let seen = reasons.filter { total($0.counter) > 0 }
        guard !seen.isEmpty else { return }
        events.write(.info, "routed: " + seen.map { "\($0.words) \(total($0.counter))" }.joined(separator: ", "))
    }

    private func writeLeftOver(to events: EventLog) {
        let connections = total(.connections) + total(.serverConnections) + UInt64(max(0, plane.placesTaken))
        events.write(
            .info,
            """
            left over: connections \(connections), buffers \(total(.spillChunks) + total(.receiveBuffers)), \
            pipes \(total(.pipes)), descriptors \(plane.leftoverDescriptors)
            """)
    }
}
