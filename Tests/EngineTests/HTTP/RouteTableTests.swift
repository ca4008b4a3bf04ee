// The table of 60 requests against 25 routes, paths normalised as for a request.

import Balancing
import Codecs
import Glibc
import Testing

@Suite("The table of routes")
struct RouteTableTests {
    private static let lines: [[String]] = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        guard let file = fopen(parts.joined(separator: "/") + "/EndToEndTests/cases/routes.txt", "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
        return lines.filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ").map(String.init) }
    }()

    @Test("each request takes its route")
    func table() throws {
        let rules = Self.lines.filter { $0[0] == "route" }.map { rule($0.dropFirst(2)) }
        let requests = Self.lines.filter { $0[0] == "request" }
        #expect(rules.count == 25 && requests.count == 60)
        let routes = try Routes(rules)
        defer { routes.destroy() }
        var taken: Set<String> = []
        for line in requests {
            let words = Array(line.dropFirst())
            let number = match(routes, words).map { "\($0 + 1)" } ?? "none"
            #expect(number == words.last, "\(words.joined(separator: " "))")
            taken.insert(number)
        }
        #expect(taken.count == 26, "each route is taken by some request, and none by some")
    }

    // MARK: Rules

    private func rule(_ words: ArraySlice<String>) -> RouteRule {
        var rule = RouteRule()
        for word in words {
            if word.hasPrefix("path~=") {
                rule.paths.append(.expression(String(word.dropFirst(6))))
                continue
            }
            let (name, value) = halves(word, "=")
            switch name {
            case "host": rule.hosts.append(value!.hasPrefix("*.") ? .below(String(value!.dropFirst(2))) : .exact(value!))
            case "path": rule.paths.append(value!.hasSuffix("*") ? .prefix(String(value!.dropLast())) : .exact(value!))
            case "method": rule.methods.append(value!)
            case "upgrade": rule.upgrade = value
            case "src": rule.networks.append(network(value!))
            default:
                let values =
                    value.map { [$0.hasSuffix("*") ? RouteRule.Value.prefix(String($0.dropLast())) : .exact($0)] } ?? []
                let condition = RouteRule.Named(halves(name, ":").1!, values)
                if name.hasPrefix("header:") { rule.headers.append(condition) } else { rule.queries.append(condition) }
            }
        }
        return rule
    }

    private func network(_ text: String) -> RouteRule.Network {
        let (address, bits) = halves(text, "/")
        let (high, low) = mapped(address)
        return RouteRule.Network(high: high, low: low, bits: 96 + Int(bits!)!)
    }

    private func halves(_ text: String, _ mark: Character) -> (String, String?) {
        guard let place = text.firstIndex(of: mark) else { return (text, nil) }
        return (String(text[..<place]), String(text[text.index(after: place)...]))
    }

    private func mapped(_ text: String) -> (high: UInt64, low: UInt64) {
        guard case .ipv4(let bits)? = HostAddress.parse(text) else { return (0, 0) }
        return (0, 0xffff_0000_0000 | UInt64(bits))
    }

    // MARK: Requests

    private func match(_ routes: Routes, _ words: [String]) -> Int? {
        let (target, query) = halves(words[2], "?")
        var (upgrade, address) = ("", "127.0.0.1")
        var fields: [String: String] = [:]
        for word in words[3..<words.count - 2] {
            if word.hasPrefix("src=") {
                address = String(word.dropFirst(4))
            } else if word.hasPrefix("upgrade=") {
                upgrade = String(word.dropFirst(8))
            } else {
                let (name, value) = halves(word, ":")
                fields[name.lowercased()] = value
            }
        }
        let (high, low) = mapped(address)
        let texts = [words[1] == "-" ? "" : words[1], target, query ?? "", words[0], upgrade]
        let held = (texts + fields.values).map { text in
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
            room.copyBytes(from: text.utf8)
            return UnsafeRawBufferPointer(room)
        }
        let names = Array(fields.keys)
        let values = UnsafeMutablePointer<UnsafeRawBufferPointer>.allocate(capacity: RouteHeaderNames.countMax)
        let path = UnsafeMutableRawBufferPointer.allocate(byteCount: held[1].count, alignment: 1)
        defer {
            for bytes in held { bytes.deallocate() }
            values.deallocate()
            path.deallocate()
        }
        var starts = [0]
        for place in 0..<routes.headerNames.count {
            let name = String(decoding: routes.headerNames.name(at: place), as: UTF8.self)
            let found = names.firstIndex(of: name)
            if let found { values[starts[place]] = held[5 + found] }
            starts.append(starts[place] + (found == nil ? 0 : 1))
        }
        return routes.match(
            RouteRequest(
                host: held[0], path: NormalizedPath.write(held[1], into: path), query: held[2], method: held[3], address: (high, low),
                headerValues: values, headerStarts: starts, upgrade: held[4]))
    }
}
