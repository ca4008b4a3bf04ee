// Values of one option alone: core lists, the time to spin, files and log targets, interface names.
// Knows how they are spelled. Knows nothing of what they are for.

extension ValueKind where Value == String {
    /// A file to be written.
    static var path: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                guard !text.isEmpty, !text.hasSuffix("/") else {
                    throw ValueFault("\(Quoted.text(text)) names no file", remedy: "write the path of a file")
                }
                guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
                    throw ValueFault(
                        "\(Quoted.text(text)) holds a control character", remedy: "write a path without one")
                }
                return text
            },
            text: { $0 })
    }

    /// The name of a frontend, backend or server.
    static var name: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                guard ObjectText.isName(text) else {
                    throw ValueFault("\(Quoted.text(text)) is no name", remedy: ObjectText.nameRule)
                }
                return text
            },
            text: { $0 })
    }

    /// A network interface: 1 to 15 bytes (IFNAMSIZ less its final NUL) without blanks and slashes.
    static var interface: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") }
                guard isPlain, (1...15).contains(text.utf8.count), text != ".", text != ".." else {
                    throw ValueFault("\(Quoted.text(text)) is no network interface", remedy: "write its name: eth0")
                }
                return text
            },
            text: { $0 })
    }
}

extension ValueKind where Value == ProcessOptions.Spin {
    /// The longest time to look for work: longer would only burn a core.
    static let microsecondsMax: UInt64 = 10_000

    /// `auto`, `off`, or a time; a bare number is microseconds here, as the option's argument says.
    static var spin: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                if text == "auto" { return .auto }
                if text == "off" || text == "0" { return .off }
                let rule = "write 1us to 10ms, auto or off"
                guard let microseconds = try? Units.microseconds(text.isDigits ? text + "us" : text) else {
                    throw ValueFault("\(Quoted.text(text)) is no time to look for work", remedy: rule)
                }
                guard microseconds <= microsecondsMax else {
                    throw ValueFault("\(Quoted.word(text)) is out of bounds", remedy: rule)
                }
                return microseconds == 0 ? .off : .microseconds(microseconds)
            },
            text: { spin in
                switch spin {
                case .auto: "auto"
                case .off: "off"
                case .microseconds(let microseconds): Units.text(microseconds: microseconds)
                }
            })
    }
}

extension ValueKind where Value == ProcessOptions.Affinity {
    /// The highest core number: as many bits as cpu_set_t has (sched_setaffinity(2)).
    static let coreMax = 1_023

    /// `auto`, `off`, or cores: `0,2,4-7`.
    static var affinity: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                if text == "auto" { return .auto }
                if text == "off" { return .off }
                var cores: [Int] = []
                for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                    cores += try range(String(part))
                }
                guard Set(cores).count == cores.count else {
                    throw ValueFault("\(Quoted.text(text)) names a core twice", remedy: "name each core once")
                }
                return .cores(cores)
            },
            text: { affinity in
                switch affinity {
                case .auto: "auto"
                case .off: "off"
                case .cores(let cores): listText(cores)
                }
            })
    }

    private static func range(_ text: String) throws(ValueFault) -> ClosedRange<Int> {
        let remedy = "write core numbers from 0 to \(coreMax), as in 0,2,4-7, or auto or off"
        let fault = ValueFault("\(Quoted.text(text)) is no core", remedy: remedy)
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        var numbers: [Int] = []
        for end in ends {
            guard end.isDigits, let number = Int(end), number <= coreMax else { throw fault }
            numbers.append(number)
        }
        guard let first = numbers.first, let last = numbers.last, numbers.count <= 2, first <= last else {
            throw fault
        }
        return first...last
    }

    /// Neighbours as a range.
    private static func listText(_ cores: [Int]) -> String {
        var runs: [ClosedRange<Int>] = []
        for core in cores {
            if let run = runs.last, core == run.upperBound + 1 {
                runs[runs.count - 1] = run.lowerBound...core
            } else {
                runs.append(core...core)
            }
        }
        return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}

extension ValueKind where Value == LogOptions.Target {
    /// A path, or `-`; `off` where a log can be off.
    static func target(canBeOff: Bool) -> ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                if text == "-" { return .standard }
                // A peer's way to name syslog, and ours to come: no file is meant.
                guard !text.hasPrefix("syslog:") else {
                    throw ValueFault("\(Quoted.text(text)) is not part of this version", remedy: "write a path or -")
                }
                guard text == "off" else { return .file(try ValueKind<String>.path.parse(text)) }
                guard canBeOff else {
                    let remedy = "write a path or -; less is logged with --log-level error"
                    throw ValueFault("\(Quoted.text(text)) is no place for this log", remedy: remedy)
                }
                return .off
            },
            text: { target in
                switch target {
                case .off: "off"
                case .standard: "-"
                case .file(let path): path
                }
            })
    }
}
