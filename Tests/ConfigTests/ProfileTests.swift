// What kinds of servers stand for.

import Config
import Testing

@Suite("profiles of servers")
struct ProfileTests {
    private func backend(_ line: String, _ environment: [String: String] = [:]) throws -> Backend {
        try #require(configuration(validHTTP + words(line), environment).backends.last)
    }

    @Test("stand for values of their servers' own defaults")
    func values() throws {
        let sync = try backend("--backend-profile gunicorn-sync")
        #expect(sync.reuse == .off && sync.requestBufferBytes == 1 << 20 && sync.responseBufferBytes == 1 << 20)
        let thread = try backend("--backend-profile gunicorn-thread")
        #expect(thread.reuse == .safe && thread.reuseIdleMilliseconds == 1_500 && thread.requestBufferBytes == 0)
        #expect(try backend("--backend-profile asgi").reuseIdleMilliseconds == 4_000)
        #expect(try backend("--backend-profile twisted").reuseIdleMilliseconds == 50_000)
        let generic = try backend("--backend-profile generic")
        #expect(try generic == backend(""))
    }

    @Test("what is said counts, before a profile and behind it, as a flag and as a variable")
    func overridden() throws {
        for line in ["--reuse always %", "% --reuse always"] {
            let found = try backend(line.replacing("%", with: "--backend-profile gunicorn-sync"))
            #expect(found.reuse == .always && found.requestBufferBytes == 1 << 20)
        }
        #expect(try backend("--backend-profile gunicorn-sync --request-buffering off").requestBufferBytes == 0)
        #expect(try backend("--backend-profile gunicorn-sync --response-buffering 4k").responseBufferBytes == 4_096)
        #expect(try backend("--backend-profile twisted --reuse-idle auto").reuseIdleMilliseconds == nil)
        #expect(try backend("--backend-profile asgi", ["SWIVEL_REUSE_IDLE": "9s"]).reuseIdleMilliseconds == 9_000)
        // Said before any backend, it is of all of them.
        let behind = try configuration(
            words("--bind :1 --request-buffering 2k --backend b --backend-profile gunicorn-sync --server s:1"))
        #expect(behind.backends.map(\.requestBufferBytes) == [2_048])
        #expect(behind.backends.map(\.responseBufferBytes) == [1 << 20])
    }

    @Test("are of one backend alone")
    func scope() throws {
        let line = "--backend-profile twisted --bind b@:2,backend=b --backend b --server b:1"
        let found = try configuration(validHTTP + words(line)).backends
        #expect(found.map(\.profile) == [.twisted, .generic])
        #expect(found.map(\.reuseIdleMilliseconds) == [50_000, nil])
    }
}
