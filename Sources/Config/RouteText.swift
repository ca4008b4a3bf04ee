// `--route 'MATCH -> TARGET'`, taken apart.
// Knows words. What a condition or a target means is in RouteConditionText and RouteTargetText; whether a
// backend exists is for RouteRules.

/// Reads routes.
enum RouteText {
    static let example = "write 'host=a.com path=/api/* -> backend=NAME'"
    static let arrow = "->"

    /// Reads a value of `--route`; every fault in it is noted, and there is no route then.
    static func parse(_ text: String, faults: inout [ValueFault]) -> Route? {
        let before = faults.count
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == UInt8(ascii: "\t") }) else {
            faults.append(ValueFault("\(Quoted.text(text)) holds a control character", remedy: "write one line without one"))
            return nil
        }
        guard let (match, target) = parts(text, faults: &faults) else { return nil }
        var conditions = RouteConditionText()
        for word in match {
            do {
                try conditions.read(word)
            } catch {
                faults.append(error)
            }
        }
        if match.isEmpty {
            let remedy = "write path=* for every request, or some of \(RouteConditionText.forms.joined(separator: ", "))"
            faults.append(ValueFault("nothing stands before \(arrow)", remedy: remedy))
        }
        do {
            let read = try RouteTargetText.parse(target)
            guard faults.count == before else { return nil }
            let words = match + [arrow, target]
            return Route(text: words.joined(separator: " "), conditions: conditions.conditions, target: read)
        } catch {
            faults.append(error)
            return nil
        }
    }

    /// A route as a file has it: its conditions, and the key and the value of its target.
    static func fileText(of route: Route) -> (match: String, key: String, value: String) {
        let words = route.text.split(separator: " ", omittingEmptySubsequences: false)
        let arrow = words.firstIndex { $0 == Self.arrow } ?? words.startIndex
        let target = words[(arrow + 1)...].joined(separator: " ")
        let key = target.prefix { $0 != "=" }
        let value = key.count < target.count ? String(target.dropFirst(key.count + 1)) : "on"
        return (words[..<arrow].joined(separator: " "), String(key), value)
    }

    /// The words before the arrow, and the text behind it. A file's name may hold blanks, conditions none.
    private static func parts(_ text: String, faults: inout [ValueFault]) -> (match: [String], target: String)? {
        let words = text.split { $0 == " " || $0 == "\t" }
        guard let arrow = words.firstIndex(where: { $0 == Self.arrow }) else {
            let isGlued = text.contains(Self.arrow)
            faults.append(
                ValueFault(
                    isGlued ? "\(Quoted.text(text)) has no blanks around \(Self.arrow)" : "\(Quoted.text(text)) has no target",
                    remedy: example))
            return nil
        }
        let target = text[words[arrow].endIndex...].trimmed
        return (words[..<arrow].map(String.init), String(target))
    }
}
