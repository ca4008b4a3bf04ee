// The nearest of the names that exist, for one that does not.
// Knows edit distance. Knows nothing of options.

/// Finds what a mistyped name was meant to be.
enum DidYouMean {
    /// Longer names are not compared: nobody mistypes that much.
    static let bytesMax = 64

    /// The candidates nearest to a name, at most four, in their own order.
    ///
    /// Nearest is: within a third of its letters (one at least, three at most), counting a letter
    /// added, left out, replaced, or swapped with its neighbour as one; where none is, those of which
    /// the name begins a word (`timeout`, `nofile`).
    static func candidates(for name: String, among candidates: [String]) -> [String] {
        let wanted = lowercased(name)
        guard !wanted.isEmpty, wanted.count <= bytesMax else { return [] }
        let distances = candidates.map { distance(wanted, lowercased($0)) }
        if let least = distances.min(), least <= tolerance(for: wanted.count) {
            return Array(zip(candidates, distances).filter { $0.1 == least }.map(\.0).prefix(4))
        }
        guard wanted.count >= 3 else { return [] }
        return Array(candidates.filter { isPart(wanted, of: lowercased($0)) }.prefix(4))
    }

    /// `did you mean --bind?` or `did you mean --bind, --mode or --pid?`, or `nil` where nothing is near.
    static func question(for name: String, among names: [String], prefix: String = "") -> String? {
        var seen: Set<String> = []
        let near = candidates(for: name, among: names.filter { seen.insert($0).inserted }).map { prefix + $0 }
        guard let last = near.last else { return nil }
        let others = near.dropLast().joined(separator: ", ")
        return "did you mean \(others.isEmpty ? last : "\(others) or \(last)")?"
    }

    /// The least number of edits between two names (optimal string alignment).
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var least = min(last[j] + (left[i] == right[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    least = min(least, beforeLast[j - 1] + 1)
                }
                row.append(least)
            }
            (beforeLast, last) = (last, row)
        }
        return last[right.count]
    }

    private static func tolerance(for byteCount: Int) -> Int {
        max(1, min(3, byteCount / 3))
    }

    private static func lowercased(_ name: String) -> [UInt8] {
        name.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func isPart(_ part: [UInt8], of name: [UInt8]) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard name.count > part.count else { return false }
        return (0...(name.count - part.count)).contains { start in
            let startsWord = start == 0 || name[start - 1] == hyphen
            return startsWord && name[start..<(start + part.count)].elementsEqual(part)
        }
    }
}
