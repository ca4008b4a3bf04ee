// Host names by their letters and lengths.

import Codecs
import Testing

@Suite("host names")
struct HostNameTests {
    static let longestLabel = String(repeating: "a", count: 63)
    static let longest = [longestLabel, longestLabel, longestLabel, String(repeating: "b", count: 61)].joined(
        separator: ".")

    @Test(
        "accepts labels of letters, digits, hyphens and underscores",
        arguments: [
            "a", "localhost", "app-1", "db.example.com", "example.com.", "my_app", "1password.com", "xn--bcher-kva.de",
            "A.B",
            longestLabel, longest, longest + ".", "3com",
        ])
    func accepted(name: String) {
        #expect(withGuarded(name) { HostName.isValid($0) })
    }

    @Test(
        "refuses other letters, empty labels, outer hyphens and too much of all",
        arguments: [
            "", ".", "..", "a..b", ".a", "a..", "-a", "a-", "a.-b", "a-.b", "a b", "a/b", "bücher.de", "a:b", "a,b",
            "*",
            longestLabel + "a", longest + "b", "a\0",
        ])
    func refused(name: String) {
        #expect(!withGuarded(name) { HostName.isValid($0) })
    }

    @Test(
        "knows a name that can only be an address",
        arguments: ["1", "10.1", "1.2.3.4", "0x7f000001", "a.1", "1.", "0X1", "a.0x"])
    func number(name: String) {
        #expect(withGuarded(name) { HostName.endsInNumber($0) })
    }

    @Test("knows a name from an address", arguments: ["a", "1.a", "1a", "0a", "", ".", "x0", "a.b1"])
    func noNumber(name: String) {
        #expect(!withGuarded(name) { HostName.endsInNumber($0) })
    }
}
