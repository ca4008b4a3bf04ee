// The nearest name.

import Testing

@testable import Config

@Suite("did you mean")
struct DidYouMeanTests {
    @Test(
        "counts edits",
        arguments: [
            ("", "", 0), ("a", "", 1), ("", "abc", 3), ("bind", "bind", 0), ("bnid", "bind", 1), ("bnd", "bind", 1),
            ("binds", "bind", 1), ("bond", "bind", 1), ("kitten", "sitting", 3), ("ca", "abc", 3), ("ab", "ba", 1),
        ])
    func distance(left: String, right: String, expected: Int) {
        #expect(DidYouMean.distance(Array(left.utf8), Array(right.utf8)) == expected)
        #expect(DidYouMean.distance(Array(right.utf8), Array(left.utf8)) == expected)
    }

    static let names = Options.all.map(\.long)

    @Test(
        "finds what was meant",
        arguments: [
            ("wrokers", ["workers"]), ("worker", ["workers"]), ("bnd", ["bind"]), ("BIND", ["bind"]), ("pdi", ["pid"]),
            ("graceful-timout", ["graceful-timeout"]), ("gracefull_timeot", ["graceful-timeout"]),
            ("timeout", ["graceful-timeout", "timeout-connect", "timeout-tunnel", "timeout-half-close"]),
            ("trusted-proxy", ["trusted-proxies"]), ("retryon", ["retry-on"]), ("time-out-server", ["timeout-server"]),
            ("limit-header", ["limit-head"]), ("backend-profil", ["backend-profile"]),
            ("access-log-samples", ["access-log-sample"]),
            ("log", ["log-level", "error-logfile", "access-logfile", "access-log-format"]),
            ("nofile", ["rlimit-nofile"]),
        ])
    func near(name: String, expected: [String]) {
        #expect(DidYouMean.candidates(for: name, among: DidYouMeanTests.names) == expected)
    }

    @Test(
        "guesses nothing where nothing is near",
        arguments: ["xyzzy", "", "q", "completely-different-thing", String(repeating: "b", count: 65)])
    func far(name: String) {
        #expect(DidYouMean.candidates(for: name, among: DidYouMeanTests.names) == [])
        #expect(DidYouMean.question(for: name, among: DidYouMeanTests.names) == nil)
    }

    @Test("asks about one, or about several")
    func question() {
        #expect(DidYouMean.question(for: "bnd", among: ["bind", "pid"], prefix: "--") == "did you mean --bind?")
        #expect(DidYouMean.question(for: "ab", among: ["aa", "bb", "cb"]) == "did you mean aa, bb or cb?")
        #expect(DidYouMean.question(for: "ab", among: ["aa", "aa"]) == "did you mean aa?")
    }

    @Test("every option is found from every slip of one letter", arguments: names)
    func everySlip(name: String) {
        let letters = Array(name.utf8)
        for index in letters.indices {
            var slip = letters
            slip.remove(at: index)
            let text = String(decoding: slip, as: UTF8.self)
            guard text.count >= 3 else { continue }
            #expect(DidYouMean.candidates(for: text, among: DidYouMeanTests.names).contains(name), "\(text)")
        }
    }
}
