// The demo's figures as text: a table for a terminal, one line for everything else.
// Knows columns. Knows nothing of where the text goes.

struct DemoTable {
    private static let nameWidth = 20
    private static let columnWidth = 15

    let names: [String]
    /// What is counted: connections or requests.
    let noun: String

    /// What has happened between two moments, a line for each server and one for all.
    func rates(_ now: DemoFigures, since before: DemoFigures, nanoseconds: UInt64) -> [String] {
        let header = Self.line("", ["\(noun)/s", noun, "open", "in", "out"])
        let rows = zip(rows(now), rows(before)).map { row, earlier in
            Self.line(
                row.name,
                [
                    Self.perSecond(row.figures.taken - earlier.figures.taken, nanoseconds),
                    "\(row.figures.taken)", "\(row.figures.open)",
                    Self.bytesPerSecond(row.figures.bytesIn - earlier.figures.bytesIn, nanoseconds),
                    Self.bytesPerSecond(row.figures.bytesOut - earlier.figures.bytesOut, nanoseconds),
                ])
        }
        return [header] + rows
    }

    /// The same in one line.
    func line(_ now: DemoFigures, since before: DemoFigures, nanoseconds: UInt64) -> String {
        let (all, earlier) = (now.total, before.total)
        let servers = zip(names, now.servers).map { name, row in
            "\(name) \(row.taken) (\(row.isStopped ? "stopped" : "\(row.open) open"))"
        }.joined(separator: ", ")
        return """
            \(noun) \(all.taken) (\(Self.perSecond(all.taken - earlier.taken, nanoseconds))/s, \
            \(all.open) open), in \(Self.bytesPerSecond(all.bytesIn - earlier.bytesIn, nanoseconds)), \
            out \(Self.bytesPerSecond(all.bytesOut - earlier.bytesOut, nanoseconds)); \(servers)
            """
    }

    /// What it came to in the end.
    func totals(_ figures: DemoFigures) -> [String] {
        [Self.line("in all", [noun, "in", "out"])]
            + rows(figures).map { row in
                Self.line(
                    row.name, ["\(row.figures.taken)", Self.bytes(row.figures.bytesIn), Self.bytes(row.figures.bytesOut)])
            }
    }

    private func rows(_ figures: DemoFigures) -> [(name: String, figures: DemoFigures.Row)] {
        zip(names, figures.servers).map { ("server \($0)\($1.isStopped ? " (stopped)" : "")", $1) } + [("total", figures.total)]
    }

    private static func line(_ name: String, _ columns: [String]) -> String {
        "  " + padded(name, width: nameWidth) + columns.map { padded($0, width: -columnWidth) }.joined()
    }

    /// To the left of a positive width, to the right of a negative one.
    private static func padded(_ text: String, width: Int) -> String {
        let blanks = String(repeating: " ", count: max(0, abs(width) - text.utf8.count))
        return width < 0 ? blanks + text : text + blanks
    }

    private static func perSecond(_ count: UInt64, _ nanoseconds: UInt64) -> String {
        "\(Int((Double(count) * 1e9 / Double(max(1, nanoseconds))).rounded()))"
    }

    private static func bytesPerSecond(_ count: UInt64, _ nanoseconds: UInt64) -> String {
        bytes(UInt64((Double(count) * 1e9 / Double(max(1, nanoseconds))).rounded())) + "/s"
    }

    /// `820 B`, `1.4 KiB`: one decimal above the byte.
    private static func bytes(_ count: UInt64) -> String {
        guard count >= 1024 else { return "\(count) B" }
        var tenths = count * 10 / 1024
        var unit = 0
        let units = ["KiB", "MiB", "GiB", "TiB"]
        while tenths >= 10240, unit < units.count - 1 {
            tenths /= 1024
            unit += 1
        }
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
