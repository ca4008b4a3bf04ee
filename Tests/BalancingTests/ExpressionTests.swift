// Path expressions: what they match, what is refused and where, and that nothing takes long.

import Testing

@testable import Balancing

/// Whether the pattern matches the text; `nil` where it is refused.
func isMatch(_ pattern: String, _ text: String) -> Bool? {
    guard let expression = try? PathExpression.compile(pattern) else { return nil }
    defer { expression.destroy() }
    return Array(text.utf8).withUnsafeBytes { expression.matches($0) }
}

private func fault(_ pattern: String) -> ExpressionFault? {
    do throws(ExpressionFault) {
        try PathExpression.compile(pattern).destroy()
        return nil
    } catch {
        return error
    }
}

@Suite("Path expressions")
struct ExpressionTests {
    struct Case: Sendable {
        let pattern: String
        let matching: [String]
        let others: [String]

        init(_ pattern: String, _ matching: [String], not others: [String]) {
            (self.pattern, self.matching, self.others) = (pattern, matching, others)
        }
    }

    private static let cases = [
        Case("", ["", "a"], not: []),
        Case("b", ["b", "abc"], not: ["", "ac", "B"]),
        Case("^/api", ["/api", "/api/x", "/apix"], not: ["", "/ap", "x/api"]),
        Case("\\.php$", ["/x.php", ".php"], not: ["/x.php/", "/xphp", "/x.php\n"]),
        Case("^$", [""], not: ["a"]),
        Case("^", ["", "a"], not: []),
        Case("$", ["", "a"], not: []),
        Case("$^", [""], not: ["a", "ab"]),
        Case("a^b", [], not: ["ab", "a", "b", ""]),
        Case("a$b", [], not: ["ab", "a", "b", ""]),
        Case("(^|/)x($|/)", ["x", "/x", "a/x/b", "x/"], not: ["ax", "xa", "/xa"]),
        Case("^a|b$", ["a", "ac", "cb"], not: ["ca", "bc", "c"]),
        Case("^(a|b)$", ["a", "b"], not: ["ab", "", "c"]),
        Case("^a.c$", ["abc", "a.c", "a\u{1}c"], not: ["ac", "a\nc", "abbc"]),
        Case("^a*$", ["", "a", "aaa"], not: ["b", "ab"]),
        Case("^a+$", ["a", "aaa"], not: ["", "ab"]),
        Case("^a?b$", ["b", "ab"], not: ["aab", "a"]),
        Case("^a{2}$", ["aa"], not: ["a", "aaa"]),
        Case("^a{2,}$", ["aa", "aaaaa"], not: ["a", ""]),
        Case("^a{2,4}$", ["aa", "aaa", "aaaa"], not: ["a", "aaaaa"]),
        Case("^a{0}b$", ["b"], not: ["ab"]),
        Case("^a{0,}$", ["", "aaa"], not: ["b"]),
        Case("^(ab){2}$", ["abab"], not: ["ab", "aabb"]),
        Case("^(?:ab|c)+$", ["ab", "c", "abcab"], not: ["", "a", "abb"]),
        Case("^(a|)b$", ["ab", "b"], not: ["a"]),
        Case("^(a*)*$", ["", "aaa"], not: ["b"]),
        Case("^()*$", [""], not: ["a"]),
        Case("^(^a)*b", ["ab", "b"], not: ["aab"]),
        Case("[abc]", ["xbx"], not: ["x", "B"]),
        Case("^[a-c]$", ["a", "b", "c"], not: ["d", "-"]),
        Case("^[^a-c]$", ["d", "-", "\n"], not: ["a", "b", "c", ""]),
        Case("^[]]$", ["]"], not: ["["]),
        Case("^[^]]$", ["["], not: ["]"]),
        Case("^[a-]$", ["a", "-"], not: ["b"]),
        Case("^[-a]$", ["a", "-"], not: ["b"]),
        Case("^[\\d_-]+$", ["12_3-4"], not: ["a"]),
        Case("^[\\w.]+$", ["a.B_9"], not: ["-", "a-b"]),
        Case("^[[]$", ["["], not: ["]"]),
        Case("^[\\]\\\\^]$", ["]", "\\", "^"], not: ["["]),
        Case("^[+--]$", ["+", ",", "-"], not: ["."]),
        Case("^\\d\\D\\w\\W\\s\\S$", ["1a_- x"], not: ["aa_- x", "11_- x"]),
        Case("^\\s$", [" ", "\t", "\n", "\r", "\u{b}", "\u{c}"], not: ["a", "\u{8}", "\u{e}"]),
        Case("^\\.\\/\\*\\$\\^\\(\\)\\[\\]\\{\\}\\|\\?\\+\\\\\\-$", ["./*$^()[]{}|?+\\-"], not: [""]),
        Case("^\\t\\n\\f\\r\\x2f\\x2F$", ["\t\n\u{c}\r//"], not: ["tnfr//"]),
        Case("^a]b}$", ["a]b}"], not: [""]),
        Case("^é+$", ["é", "éé"], not: ["", "e"]),
        Case("^.{2}$", ["é", "ab"], not: ["a"]),
        Case("(?i)^/Straße/[a-c]\\x41$", ["/straße/ba", "/STRAßE/Ba"], not: ["/straße/da"]),
        Case("(?i)^[^a]$", ["b"], not: ["a", "A"]),
        Case("(?i)^[@-\\[]$", ["@", "[", "q", "Q"], not: ["`", "{"]),
        Case(
            "^/(user|group)s?/[0-9]{1,5}(/|$)", ["/user/1", "/groups/12345/x"], not: ["/users/", "/user/123456", "/x/user/1"]),
        Case("\\.(gif|jpe?g|png)$", ["/a.gif", "/a.jpg", "/a.jpeg"], not: ["/a.jpgx", "/gif"]),
    ]

    @Test("what is described is matched, and nothing else", arguments: cases)
    func matching(example: Case) {
        for text in example.matching { #expect(isMatch(example.pattern, text) == true, "\(text.debugDescription)") }
        for text in example.others { #expect(isMatch(example.pattern, text) == false, "\(text.debugDescription)") }
    }

    @Test("bytes that are no UTF-8 are bytes, and so is zero")
    func bytes() throws {
        let expression = try PathExpression.compile("^a[^b]\\x00.$")
        defer { expression.destroy() }
        #expect([UInt8](arrayLiteral: 0x61, 0xff, 0, 0x80).withUnsafeBytes { expression.matches($0) })
        #expect(![UInt8](arrayLiteral: 0x61, 0xff, 1, 0x80).withUnsafeBytes { expression.matches($0) })
    }

    @Test(
        "what needs backtracking, or is not understood, is refused by name and with its place",
        arguments: [
            ("(a)\\1", 3, "back references (\\1) would need backtracking, which has no bound"),
            ("(a)\\k<x>", 3, "back references"), ("a\\g1", 1, "back references"),
            ("a(?=b)", 1, "looking ahead"), ("a(?!b)", 1, "looking ahead"),
            ("(?<=a)b", 0, "looking behind"), ("(?<!a)b", 0, "looking behind"),
            ("a*?", 2, "lazy"), ("a+?", 2, "lazy"), ("a??", 2, "lazy"), ("a{1,2}?", 6, "lazy"),
            ("a*+", 2, "possessive"), ("a++", 2, "possessive"), ("a?+", 2, "possessive"), ("a{2}+", 4, "possessive"),
            ("(?>a)", 0, "atomic"), ("(?<name>a)", 0, "no names"), ("(?P<name>a)", 0, "no names"),
            ("(?'name'a)", 0, "no names"),
            ("a(?i)b", 1, "very beginning"), ("a(?i:b)", 1, "very beginning"), ("(?s)a", 0, "this kind of group"),
            ("(?#x)", 0, "this kind of group"), ("(*SKIP)", 0, "steer"), ("\\bx", 0, "word boundaries"),
            ("x\\B", 1, "word boundaries"),
            ("\\Ax", 0, "written ^"), ("x\\z", 1, "written $"), ("x\\Z", 1, "written $"), ("\\pL", 0, "\\p is not understood"),
            ("\\Q", 0, "\\Q is not"), ("\\0", 0, "\\0 is not"), ("[\\b]", 1, "\\b is not"), ("\\x2", 0, "two hexadecimal"),
            ("\\xg0", 0, "two hexadecimal"), ("a\\", 1, "backslash ends"), ("[a\\", 2, "backslash ends"),
            ("\\é", 0, "beyond ASCII"),
            ("*a", 0, "nothing here to repeat"), ("a|+", 2, "nothing here"), ("(?:?a)", 3, "nothing here"),
            ("{2}", 0, "nothing here"),
            ("^*", 1, "anchor"), ("a${2}", 2, "anchor"), ("a**", 2, "cannot be repeated itself"), ("a{2}{3}", 4, "cannot be"),
            ("a{", 1, "written {2}"), ("a{,3}", 1, "written {2}"), ("a{x}", 1, "written {2}"), ("a{2", 1, "written {2}"),
            ("a{2,1}", 1, "not below"), ("a{256}", 1, "255"), ("a{1,256}", 1, "255"), ("a{99999999999999999999}", 1, "255"),
            ("(a", 0, "not closed"), ("a(b(c)", 1, "not closed"), ("a)", 1, "closes no group"), ("[a", 0, "not closed"),
            ("[]", 0, "not closed"), ("[^]", 0, "not closed"), ("[b-a]", 1, "upwards"), ("[\\d-z]", 1, "one character"),
            ("[a-\\d]", 1, "one character"), ("[é]", 1, "(?:x|y)"), ("[[:alpha:]]", 1, "[:alpha:]"), ("[a-", 0, "not closed"),
        ] as [(String, Int, String)])
    func refused(pattern: String, offset: Int, problem: String) {
        let fault = fault(pattern)
        #expect(fault?.offset == offset)
        #expect(fault?.problem.contains(problem) == true, "\(fault?.problem ?? "taken")")
    }

    @Test("the last size allowed is taken, the first above it refused")
    func bounds() {
        #expect(fault("a{255}") == nil)
        #expect(fault(String(repeating: "a", count: 1_024)) == nil)
        #expect(fault(String(repeating: "a", count: 1_025))?.problem.contains("1024") == true)
        let nested = { (depth: Int) in String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth) }
        #expect(fault(nested(50)) == nil)
        #expect(fault(nested(51))?.problem.contains("50 deep") == true)
        #expect(fault(String(repeating: "(", count: 1_024))?.problem.contains("50 deep") == true)
        #expect(fault("(a{255}){255}")?.problem.contains("4096 places") == true)
        #expect(
            fault("((((((((a{255}){255}){255}){255}){255}){255}){255}){255}){255}")?.problem.contains("4096 places") == true)
        #expect(fault("(((((((({0}){255}){255}){255}){255}){255}){255}){255}){255}") != nil)
    }

    @Test(
        "one that needs too many states is refused",
        arguments: ["(a|b)*a(a|b){20}", "a.{200}b", "(.*a){3}.{12}x", "(x+x+)+y.{30}z"])
    func states(pattern: String) {
        #expect(fault(pattern)?.problem.contains("4096 states") == true, "\(String(describing: fault(pattern)))")
    }

    @Test("one whose states are too much work is refused, though they are few")
    func work() {
        let fault = fault("(.?){255}(.?){255}(.?){255}a.{10}b")
        #expect(fault?.problem.contains("too much work") == true, "\(String(describing: fault))")
    }

    @Test("as many states as it takes, no more, where that is known: a and so many bytes before the end", arguments: 1...10)
    func stateCount(length: Int) throws {
        // One for each set of places that an `a` may have stood at, and failed, met, and the first.
        let expression = try PathExpression.compile("a[ab]{\(length)}$")
        defer { expression.destroy() }
        #expect(expression.stateCount <= 1 << (length + 1) + 3 + length)
        #expect(expression.stateCount > 1 << length)
    }

    @Test(
        "what makes a backtracking matcher run for ever takes one step a byte",
        arguments: ["(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(a*)*$", "^(.*a){12}$"])
    func linear(pattern: String) throws {
        let expression = try PathExpression.compile(pattern)
        defer { expression.destroy() }
        #expect(expression.stateCount < 60)
        var text = [UInt8](repeating: UInt8(ascii: "a"), count: 100_000)
        #expect(text.withUnsafeBytes { expression.matches($0) })
        text.append(UInt8(ascii: "b"))
        #expect(!text.withUnsafeBytes { expression.matches($0) })
    }
}
