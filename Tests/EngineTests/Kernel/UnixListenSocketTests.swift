// Listening on a path: a dead owner's file is taken over, a living one's and anything else is left alone.

import CLinux
import Codecs
import Config
import Glibc
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Listening sockets on a path")
    struct UnixListenSocketTests {
        private let directory = TemporaryDirectory()
        private var path: String { directory.file("listener") }

        private func open(_ path: String, shards: Int = 1) throws -> ListenSocket {
            try ListenSocket.open(Listener(address: .unix(path: path)), shardCount: shards, isNonBlocking: true)
        }

        private func connect(to path: String) -> Int32 {
            let native = NativeAddress(.unix(path: path))
            let descriptor = swivel_socket(native.family, 1)
            let result = native.withPointer { swivel_connect(descriptor, $0, $1) }
            if result < 0 { close(descriptor) }
            return result < 0 ? result : descriptor
        }

        private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

        @Test("all shards share one queue", arguments: [1, 3])
        func shared(shards: Int) throws {
            let socket = try open(path, shards: shards)
            defer { socket.close() }
            #expect(socket.descriptors.count == shards)
            let client = connect(to: path)
            try #require(client >= 0)
            let accepted = swivel_accept(socket.descriptors.last!, 1)
            #expect(accepted >= 0)
            close(accepted)
            close(client)
        }

        @Test("the file of an owner that is gone is taken over")
        func stale() throws {
            let gone = try open(path)
            // An owner that was killed: its descriptors are closed, its file stands.
            for descriptor in gone.descriptors { close(descriptor) }
            #expect(exists(path))
            let socket = try open(path)
            defer { socket.close() }
            let client = connect(to: path)
            #expect(client >= 0)
            close(client)
        }

        @Test("the file goes with its owner")
        func removed() throws {
            try open(path, shards: 2).close()
            #expect(!exists(path))
        }

        @Test("a successor's file is left where it is")
        func successor() throws {
            let old = try open(path)
            unlink(path)
            let new = try open(path)
            defer { new.close() }
            old.close()
            #expect(exists(path))
            let client = connect(to: path)
            #expect(client >= 0)
            close(client)
        }

        @Test("a path that somebody answers on is refused, and stays theirs")
        func live() throws {
            let owner = try open(path)
            defer { owner.close() }
            let error = #expect(throws: SetupError.self) { try open(path) }
            #expect(error?.kind == .systemError)
            #expect(error?.message.contains("another process answers there") == true)
            let client = connect(to: path)
            #expect(client >= 0, "the owner is still reached")
            close(client)
        }

        @Test("a path whose owner goes while it is asked for is taken over")
        func leaving() throws {
            // An owner that is held up goes when nobody asks any more: not every time.
            #expect(try (0..<10).contains { try isTakenOver(directory.file("\($0)")) })
        }

        private func isTakenOver(_ path: String) throws -> Bool {
            let owner = try open(path)
            let isTaken = Signal()
            onThreads(2) { number in
                if number == 0 {
                    guard let socket = try? open(path) else { return }
                    isTaken.set(1)
                    socket.close()
                } else {
                    // Once the path has been looked at, the owner is killed: its file stands.
                    #expect(awaitReadable(owner.descriptors[0]))
                    for descriptor in owner.descriptors { close(descriptor) }
                }
            }
            return isTaken.value == 1
        }

        @Test("a file that is no socket is refused, and not touched")
        func regularFile() throws {
            let file = Glibc.open(path, O_CREAT | O_WRONLY, 0o600)
            try #require(file >= 0)
            #expect(write(file, "kept", 4) == 4)
            close(file)
            let error = #expect(throws: SetupError.self) { try open(path) }
            #expect(error?.kind == .systemError)
            #expect(error?.message.contains("a file that is no socket stands there") == true)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_size == 4)
        }

        @Test("a symbolic link is no socket either, wherever it leads")
        func link() throws {
            #expect(symlink(directory.file("elsewhere"), path) == 0)
            #expect(throws: SetupError.self) { try open(path) }
            var status = stat()
            #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK, "the link is still there")
        }

        @Test("a directory that does not exist is refused")
        func missingDirectory() {
            let error = #expect(throws: SetupError.self) { try open(directory.file("no/such/place")) }
            #expect(error?.kind == .systemError)
        }

        @Test("a directory without the right to write is a missing permission", .enabled(if: geteuid() != 0, "root may write anywhere"))
        func forbiddenDirectory() {
            chmod(directory.path, 0o500)
            defer { chmod(directory.path, 0o700) }
            let error = #expect(throws: SetupError.self) { try open(path) }
            #expect(error?.kind == .notPermitted)
        }

        @Test("a refused path leaves no descriptor behind")
        func nothingLeft() throws {
            let owner = try open(path)
            defer { owner.close() }
            let before = Descriptors.ofKernel()
            _ = try? open(path, shards: 3)
            #expect(Descriptors.areGone { Descriptors.ofKernel() - before })
        }
    }
}
