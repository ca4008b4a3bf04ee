// What the shards have counted and the operator should hear of: once when it begins, then at most
// every ten seconds while it goes on.

internal import Config
internal import Engine

struct Troubles {
    private struct Watch {
        let counter: Counter
        let sentence: String
        var level = LogOptions.Level.warn
        var seen: UInt64 = 0
        var secondsQuiet = Troubles.intervalSeconds
        var unsaid: UInt64 = 0
    }

    private static let intervalSeconds = 10

    private var watches = [
        Watch(counter: .pausesForDescriptors, sentence: "out of descriptors, accepting pauses; see --rlimit-nofile and --maxconn"),
        Watch(counter: .pausesAtLimit, sentence: "a connection limit is reached, accepting pauses until connections end"),
        Watch(counter: .deniedAddressConnections, sentence: "clients refused for the connections of their address, see --maxconn-per-ip"),
        Watch(counter: .deniedAddressRate, sentence: "clients refused for the rate of their address, see --conn-rate-per-ip"),
        Watch(counter: .proxyUntrusted, sentence: "connections refused that may not send a PROXY header, see proxy-from"),
        Watch(counter: .proxyMalformed, sentence: "connections refused that did not begin with a whole PROXY header"),
        Watch(counter: .proxyTimeouts, sentence: "connections refused whose PROXY header did not come in time"),
        Watch(counter: .acceptErrors, sentence: "accepting failed"),
        Watch(counter: .connectErrors, sentence: "connects to servers failed"),
        Watch(counter: .connectTimeouts, sentence: "connects to servers timed out"),
        Watch(counter: .unserved, sentence: "connections or requests ended because no server took them"),
        Watch(counter: .retries, sentence: "connections or requests were tried again", level: .info),
        Watch(counter: .retryBudgetExhausted, sentence: "requests not tried again, as too many were; see --retry-budget"),
        Watch(counter: .requestsRefused, sentence: "requests refused that are malformed or too large"),
        Watch(counter: .rateLimited, sentence: "requests answered with 429 as too many came, see --rate-limit", level: .info),
        Watch(counter: .stickyForged, sentence: "sticky cookies that name no server of ours, see --sticky-secret", level: .info),
        Watch(counter: .serversFailed, sentence: "requests answered with an error, as no server answered them well"),
        Watch(counter: .tunnelsRefused, sentence: "new WebSockets answered with 503, see --ws-connect-rate", level: .info),
        Watch(counter: .responsesMalformed, sentence: "answers of servers thrown away as malformed"),
        Watch(
            counter: .unaskedAnswers,
            sentence: "servers spoke between two requests; for ten minutes they get a fresh connection for each"),
        Watch(counter: .responsesCut, sentence: "answers cut, as their servers did not finish them"),
        Watch(counter: .spillExhausted, sentence: "no memory left for bytes that wait; slow readers hold too much"),
        Watch(counter: .pipesExhausted, sentence: "no pipe left, bulk flows are copied"),
        Watch(counter: .logLinesDropped, sentence: "log lines dropped, the log's target is too slow"),
    ]

    /// Once a second.
    mutating func report(_ plane: DataPlane, to events: EventLog) {
        for index in watches.indices {
            let total = plane.total(watches[index].counter)
            watches[index].unsaid += total - watches[index].seen
            watches[index].seen = total
            watches[index].secondsQuiet += 1
            guard watches[index].unsaid > 0, watches[index].secondsQuiet > Self.intervalSeconds else { continue }
            events.write(watches[index].level, "\(watches[index].sentence) (\(watches[index].unsaid) since last said)")
            watches[index].unsaid = 0
            watches[index].secondsQuiet = 0
        }
    }
}
