// What finding a request's route costs, by the number of hosts that have routes.

import Balancing
import Glibc

enum RouteRow {
    /// Each host has two routes, by path; requests go to all hosts in turn, in capitals and with a port.
    static func measure(hostCount: Int, isWildcard: Bool, _ checksum: inout UInt64) -> Row.Figure {
        let rules = (0..<hostCount).flatMap { number in
            let host =
                isWildcard ? RouteRule.Host.below("service-\(number).example.com") : .exact("service-\(number).example.com")
            return [RouteRule(hosts: [host], paths: [.prefix("/api/")]), RouteRule(hosts: [host])]
        }
        guard let routes = try? Routes(rules) else { preconditionFailure("there is no expression to refuse") }
        defer { routes.destroy() }
        let hosts = (0..<hostCount).map { bytes((isWildcard ? "eu." : "") + "Service-\($0).example.com:8080") }
        let (path, method, none) = (bytes("/static/site.css"), bytes("GET"), bytes(""))
        defer { for bytes in hosts + [path, method, none] { bytes.deallocate() } }
        let values = UnsafeMutablePointer<UnsafeRawBufferPointer>.allocate(capacity: 1)
        let starts = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        starts.initialize(to: 0)
        defer {
            values.deallocate()
            starts.deallocate()
        }
        var place = 0
        var nanoseconds: [Double] = []
        for _ in 0...Main.runCount {
            let begin = Row.now
            for _ in 0..<Main.picksPerRun {
                let request = RouteRequest(
                    host: hosts[place], path: path, query: none, method: method, address: (0, 1), headerValues: values,
                    headerStarts: starts, upgrade: none)
                let number = routes.match(request) ?? -1
                checksum = checksum &* 31 &+ UInt64(truncatingIfNeeded: number)
                // The next host hangs on this answer: always one further, but the processor cannot know.
                place += number >= 0 ? 1 : 2
                if place >= hostCount { place = 0 }
            }
            nanoseconds.append(Double(Row.now - begin) / Double(Main.picksPerRun))
        }
        // The first run warms up.
        let sorted = nanoseconds.dropFirst().sorted()
        return Row.Figure(median: sorted[sorted.count / 2], least: sorted[0], most: sorted[sorted.count - 1])
    }

    private static func bytes(_ text: String) -> UnsafeRawBufferPointer {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(text.utf8.count, 1), alignment: 1)
        room.copyBytes(from: text.utf8)
        return UnsafeRawBufferPointer(rebasing: room[..<text.utf8.count])
    }
}
