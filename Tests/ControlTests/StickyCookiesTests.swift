// What sticky cookies say of servers, and which secrets are taken.

import Config
import Glibc
import Testing

@testable import Control

@Suite("sticky cookies")
struct StickyCookiesTests {
    /// A file that is gone when the test is.
    private final class SecretFile {
        let path: String

        init(_ bytes: [UInt8]) throws {
            var template = Array("/tmp/swivel-secret-XXXXXX".utf8CString)
            let descriptor = mkstemp(&template)
            try #require(descriptor >= 0)
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            #expect(write(descriptor, bytes, bytes.count) == bytes.count)
            close(descriptor)
        }

        deinit { unlink(path) }
    }

    private static let secret = Array("0123456789abcdef".utf8)

    private func configuration(_ sticky: Sticky = .cookie("S"), secretFile: String? = nil) -> Configuration {
        var backend = Backend(name: "web", servers: ["a", "b"].map { Server(name: $0, address: .name(host: "h", port: 1)) })
        backend.sticky = sticky
        backend.stickySecretFile = secretFile
        return Configuration(frontends: [], backends: [backend])
    }

    private func values(_ configuration: Configuration) -> [String?] {
        configuration.backends.flatMap { $0.servers.map(\.cookieValue) }
    }

    /// As Python's hmac and base64 say.
    @Test(
        "a value is the beginning of a signature over the backend and the server",
        arguments: [
            (secret, "web", "a", "3WNFaU250Tv1acNHxqcTsKjWTtDT1eMt"), (secret, "web", "b", "sR6iEWhAWGoppp-f2aaqXjIdrEwwpYfW"),
            (Array("0123456789abcdeg".utf8), "web", "a", "Tnn_OzEbXoX5La5_d7eTf2ibODZLmomj"),
            (Array(0..<100), "default", "10.0.0.1:8000", "SwGsLkWNauSuUeGYr1rGOreN25FDF9iV"),
            (secret, "we", "ba", "3IBb8eH8sU87syIN8Qs2eMEXEk8pe485"), (secret, "café", "1", "Nz0dccZQU3aZJGRV-XlJ0pqEnjyNPvPB"),
        ])
    func vectors(secret: [UInt8], backend: String, server: String, expected: String) {
        #expect(StickyCookies.value(secret: secret, backend: backend, server: server) == expected)
    }

    @Test("the same secret gives the same values, with or without a newline at its end", arguments: ["", "\n", "\r\n"])
    func sameSecret(end: String) throws {
        let file = try SecretFile(Self.secret + Array(end.utf8))
        let filled = try StickyCookies.fill(configuration(secretFile: file.path))
        #expect(values(filled) == ["3WNFaU250Tv1acNHxqcTsKjWTtDT1eMt", "sR6iEWhAWGoppp-f2aaqXjIdrEwwpYfW"])
    }

    @Test("only one newline is not of the secret")
    func oneNewline() throws {
        let (one, two) = (try SecretFile(Self.secret + [10]), try SecretFile(Self.secret + [10, 10]))
        let (first, second) = (
            try StickyCookies.fill(configuration(secretFile: one.path)),
            try StickyCookies.fill(configuration(secretFile: two.path))
        )
        #expect(values(first) != values(second))
    }

    @Test("another secret gives other values, and nothing else is changed")
    func otherSecret() throws {
        let file = try SecretFile(Array("another secret of the house".utf8))
        let plain = configuration(secretFile: file.path)
        var filled = try StickyCookies.fill(plain)
        #expect(Set(values(filled)).isDisjoint(with: ["3WNFaU250Tv1acNHxqcTsKjWTtDT1eMt", "sR6iEWhAWGoppp-f2aaqXjIdrEwwpYfW"]))
        for index in filled.backends[0].servers.indices { filled.backends[0].servers[index].cookieValue = nil }
        #expect(filled == plain)
    }

    @Test("without a secret each start has its own")
    func ownSecret() throws {
        let first = try StickyCookies.fill(configuration())
        let second = try StickyCookies.fill(configuration())
        #expect(Set(values(first) + values(second)).count == 4)
        #expect(values(first).allSatisfy { $0?.utf8.count == 32 })
    }

    @Test("backends without a cookie have no values and need no secret", arguments: [Sticky.off, .source])
    func others(sticky: Sticky) throws {
        let plain = configuration(sticky, secretFile: "/nowhere/secret")
        #expect(try StickyCookies.fill(plain) == plain)
    }

    @Test("a secret has 16 to 4,096 bytes", arguments: [(0, false), (15, false), (16, true), (4_096, true), (4_097, false)])
    func lengths(count: Int, isTaken: Bool) throws {
        let file = try SecretFile([UInt8](repeating: 7, count: count))
        do throws(ControlError) {
            _ = try StickyCookies.fill(configuration(secretFile: file.path))
            #expect(isTaken)
        } catch {
            #expect(!isTaken && error.exitCode == 65)
        }
    }

    @Test("a newline does not make a secret long enough")
    func shortWithNewline() throws {
        let file = try SecretFile([UInt8](repeating: 7, count: 15) + [10])
        #expect(throws: ControlError.self) { _ = try StickyCookies.fill(configuration(secretFile: file.path)) }
    }

    @Test("what cannot be read is said, with exit code 65", arguments: ["/nowhere/secret", "/tmp", ""])
    func unreadable(path: String) {
        do throws(ControlError) {
            _ = try StickyCookies.fill(configuration(secretFile: path))
            Issue.record("it was read")
        } catch {
            #expect(error.exitCode == 65 && error.message.hasPrefix("--sticky-secret \(path) cannot be read: "))
        }
    }

    @Test("an endless file is no secret", .timeLimit(.minutes(1)))
    func endless() {
        #expect(throws: ControlError.self) { _ = try StickyCookies.fill(configuration(secretFile: "/dev/zero")) }
    }
}
