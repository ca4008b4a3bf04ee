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
        events.write(
            .info,
            """
            servers: connections \(total(.serverConnects)), used again \(total(.reused)), \
            found closed \(total(.staleReuses)), malformed answers \(total(.responsesMalformed)), \
            spoken unasked \(total(.unaskedAnswers)), retries beyond the budget \(total(.retryBudgetExhausted))
            """)
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
