// The pool of pipes: few, kept, and never handed on with somebody's bytes in them.

import Glibc
import Testing

@testable import Engine

@Suite("The pool of pipes")
struct PipePoolTests {
    @Test("pipes are lent up to the capacity and not beyond", arguments: [0, 1, 3])
    func capacity(count: Int) {
        var io = ScriptedPipes()
        var pool = PipePool(capacity: count)
        let lent = (0..<count).map { _ in pool.take(from: &io).rawValue }
        #expect(Set(lent).count == count)
        #expect(pool.hasFree == false)
        #expect(pool.take(from: &io) == .none)
        #expect(pool.usedCount == count)
    }

    @Test("nothing is made before it is needed, and an empty pipe is lent again rather than made anew")
    func reuse() {
        var io = ScriptedPipes()
        var pool = PipePool(capacity: 4)
        #expect(io.madeCount == 0)
        let first = pool.take(from: &io)
        pool.giveBack(first, isEmpty: true, to: &io)
        #expect(pool.take(from: &io) == first)
        #expect(io.madeCount == 1)
    }

    @Test("a pipe that still holds bytes is closed, and its place gets a fresh one")
    func dirty() {
        var io = ScriptedPipes()
        var pool = PipePool(capacity: 1)
        let pipe = pool.take(from: &io)
        let old = pool[pipe]
        pool.giveBack(pipe, isEmpty: false, to: &io)
        #expect(io.open.isEmpty)
        #expect(pool.usedCount == 0)
        let new = pool[pool.take(from: &io)]
        #expect(new.reading != old.reading && new.writing != old.writing)
    }

    @Test("where the kernel gives none the flow goes without, and later asks again", arguments: [-EMFILE, -ENFILE, -ENOMEM])
    func refused(result: Int32) {
        var io = ScriptedPipes()
        io.capacities = [result]
        var pool = PipePool(capacity: 2)
        #expect(pool.take(from: &io) == .none)
        #expect(pool.usedCount == 0)
        #expect(pool.take(from: &io) != .none)
    }

    @Test("a pipe of 64 KiB is of use, a smaller one is closed again", arguments: [65_536, 65_535, 4_096] as [Int32])
    func small(bytes: Int32) {
        var io = ScriptedPipes()
        io.capacities = [bytes]
        var pool = PipePool(capacity: 1)
        let isUseful = bytes >= 65_536
        let pipe = pool.take(from: &io)
        #expect((pipe != .none) == isUseful)
        #expect(io.open.count == (isUseful ? 2 : 0))
        #expect(pool.usedCount == (isUseful ? 1 : 0))
    }

    @Test("at the end every pipe is closed, each once")
    func closeAll() {
        var io = ScriptedPipes()
        var pool = PipePool(capacity: 5)
        let lent = (0..<3).map { _ in pool.take(from: &io) }
        pool.giveBack(lent[0], isEmpty: true, to: &io)
        pool.giveBack(lent[1], isEmpty: false, to: &io)
        pool.giveBack(lent[2], isEmpty: true, to: &io)
        #expect(!io.open.isEmpty)
        pool.closeAll(in: &io)
        pool.closeAll(in: &io)
        #expect(io.open.isEmpty)
    }
}
