// Where the demo writes: a terminal, where a table stands in one place, or a file or pipe, where lines follow lines.
// Knows escape sequences. Knows nothing of figures.

internal import Glibc

struct DemoScreen {
    /// Whether text can be drawn over.
    let isTerminal: Bool

    private static let escape = "\u{1b}["

    init(_ environment: [String: String]) {
        isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] ?? "dumb" != "dumb"
    }

    /// Whether nobody can read any more: the terminal was closed, or the pipe's reader has gone.
    var isGone: Bool { state & Int16(POLLHUP | POLLERR) != 0 }

    /// Lines that stay.
    func print(_ lines: [String]) {
        // What was drawn last stands below the cursor.
        write((isTerminal ? Self.escape + "J" : "") + lines.map { $0 + "\n" }.joined())
    }

    /// Lines that the next drawing replaces; only for a terminal.
    ///
    /// The cursor is left above them, on an empty line: where something else is logged to the same
    /// terminal, that line takes it, and the next drawing stands below. Lines are cut rather than
    /// wrapped, as the way back up is counted in lines.
    func draw(_ lines: [String]) {
        let (clear, cut, wrap) = (Self.escape + "J", Self.escape + "?7l", Self.escape + "?7h")
        write(clear + cut + "\n" + lines.joined(separator: "\n") + "\r\(Self.escape)\(lines.count)A" + wrap)
    }

    /// What a reader does not take at once is left out: a stopped terminal must not hold up the balancer.
    private func write(_ text: String) {
        guard state & Int16(POLLOUT) != 0 else { return }
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    /// What poll(2) says of standard output now.
    private var state: Int16 {
        var entry = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, 0) > 0 ? entry.revents : 0
    }
}
