// What stops a start, as the operator reads it.

import Glibc
import Testing

@testable import Engine

@Suite("An error of set-up")
struct SetupErrorTests {
    @Test("a missing permission decides the kind, whatever was tried", arguments: [EPERM, EACCES])
    func permission(number: Int32) {
        #expect(SetupError(.systemError, "cannot listen", errno: number).kind == .notPermitted)
    }

    @Test("any other failure keeps the kind it was given", arguments: [ENOMEM, EADDRINUSE, EMFILE])
    func other(number: Int32) {
        #expect(SetupError(.systemError, "cannot listen", errno: number).kind == .systemError)
        #expect(SetupError(.unavailable, "cannot listen", errno: number).kind == .unavailable)
    }

    @Test("the message says what failed, the kernel's reason, and what would be right")
    func message() {
        let error = SetupError(.systemError, "cannot listen on :80", errno: EADDRINUSE, advice: "stop the other one")
        #expect(error.message == "cannot listen on :80: Address already in use; stop the other one")
        #expect(SetupError(.systemError, "epoll_create1", errno: EMFILE).message == "epoll_create1: Too many open files")
    }

    @Test("kinds are the exit codes of sysexits.h")
    func exitCodes() {
        #expect(SetupError.Kind.unavailable.rawValue == 69)
        #expect(SetupError.Kind.systemError.rawValue == 71)
        #expect(SetupError.Kind.notPermitted.rawValue == 77)
    }
}
