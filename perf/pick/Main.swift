// What one pick costs, by policy and number of servers, the place given back included; and what finding a route
// costs, by number of hosts: ns.

import Balancing
import Glibc

@main
enum Main {
    static let serverCounts = [1, 64, 100, 1_000]
    static let runCount = 9
    static let picksPerRun = 200_000
    static let boundNanoseconds = 250.0

    static func main() {
        print("ns per pick and release, median of \(runCount) runs of \(picksPerRun) (least to most); keys are random")
        print("policy".padded(to: 36) + serverCounts.map { "\($0) servers".padded(to: 24) }.joined())
        var checksum: UInt64 = 0
        let worst = show(Row.usual, &checksum)
        print("worst median \(worst.tenths), \(worst <= boundNanoseconds ? "within" : "OVER") \(boundNanoseconds.tenths)\n")
        _ = show(Row.crowded, &checksum)
        print("\nns per route found, by number of hosts that have two each")
        for isWildcard in [false, true] {
            var line = (isWildcard ? "hosts below a domain" : "hosts by name").padded(to: 36)
            for count in serverCounts {
                line += text(RouteRow.measure(hostCount: count, isWildcard: isWildcard, &checksum)).padded(to: 24)
            }
            print(line)
        }
        print("checksum \(String(checksum, radix: 16))")
    }

    /// Prints the rows; answers the worst median.
    private static func show(_ rows: [Row], _ checksum: inout UInt64) -> Double {
        var worst = 0.0
        for row in rows {
            var line = row.name.padded(to: 36)
            for count in serverCounts {
                let figure = row.measure(serverCount: count, &checksum)
                worst = max(worst, figure.median)
                line += text(figure).padded(to: 24)
            }
            print(line)
        }
        return worst
    }

    private static func text(_ figure: Row.Figure) -> String {
        "\(figure.median.tenths) (\(figure.least.tenths) to \(figure.most.tenths))"
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}

extension Double {
    var tenths: String { "\((self * 10).rounded() / 10)" }
}
