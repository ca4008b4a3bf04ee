// Values of options that WebSocket tunnels have.
// Knows how they are spelled. Knows nothing of what they are for.

extension ValueKind where Value == UInt16 {
    /// A code that tells clients to come back: 1012, service restart, or 1001, going away.
    static var drainCode: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                switch text {
                case "1012": return 1_012
                case "1001": return 1_001
                default:
                    let remedy = "write 1012 (service restart) or 1001 (going away)"
                    throw ValueFault("\(Quoted.text(text)) is no code that a drain can have", remedy: remedy)
                }
            },
            text: { String($0) })
    }
}

extension ValueKind where Value == WebSocketOptions.Rebalance {
    /// `10/1m`: ten hundredths in a minute.
    static var rebalance: ValueKind {
        let percent = ValueKind<Int>.whole(1...100)
        return ValueKind(
            parse: { (text) throws(ValueFault) in
                let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                let share = parts[0].hasSuffix("%") ? String(parts[0].dropLast()) : parts[0]
                guard parts.count == 2, share.isDigits, !parts[1].isEmpty else {
                    let problem = "\(Quoted.text(text)) is no share in a time"
                    throw ValueFault(problem, remedy: "write one like 10/1m: ten hundredths in a minute")
                }
                let isUnitAlone = parts[1].first?.isNumber == false
                let period = try ValueKind<UInt64>.milliseconds(1_000...ValueKind<Rate>.periodMillisecondsMax)
                    .parse(isUnitAlone ? "1\(parts[1])" : parts[1])
                return WebSocketOptions.Rebalance(percent: try percent.parse(share), periodMilliseconds: period)
            },
            text: { "\($0.percent)/\(Units.text(microseconds: $0.periodMilliseconds * 1_000))" })
    }
}
