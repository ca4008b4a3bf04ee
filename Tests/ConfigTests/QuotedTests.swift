// What operators wrote, shown back.

import Testing

@testable import Config

@Suite("quoted text")
struct QuotedTests {
    @Test(
        "has no power over a terminal",
        arguments: [
            ("a", "\"a\""), ("", "\"\""), ("a\nb", "\"a\\u{a}b\""), ("\u{1b}[2J", "\"\\u{1b}[2J\""),
            ("é", "\"é\""), ("a\u{202e}b", "\"a\\u{202e}b\""), ("\u{85}", "\"\\u{85}\""),
        ])
    func harmless(text: String, expected: String) {
        #expect(Quoted.text(text) == expected)
    }

    @Test("is cut where it is long")
    func long() {
        #expect(Quoted.text(String(repeating: "a", count: 80)).count == 82)
        #expect(Quoted.text(String(repeating: "a", count: 81)) == "\"\(String(repeating: "a", count: 80))...\"")
    }

    @Test(
        "is bare where it is a plain word",
        arguments: [("abc", "abc"), ("a b", "\"a b\""), ("", "\"\""), ("é", "\"é\"")])
    func word(text: String, expected: String) {
        #expect(Quoted.word(text) == expected)
    }
}
