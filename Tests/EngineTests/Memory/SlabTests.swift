// The slab: slots by handle, and handles that grow stale.

import Testing

@testable import Engine

@Suite("The slab")
struct SlabTests {
    @Test("a handle finds what was inserted")
    func find() throws {
        var slab = Slab<Int>(capacity: 4)
        let first = try required(slab.insert(10))
        let second = try required(slab.insert(20))
        #expect(slab.find(first)?.pointee == 10)
        #expect(slab.find(second)?.pointee == 20)
        #expect(slab.usedCount == 2)
    }

    @Test("what is written through a handle stays")
    func write() throws {
        var slab = Slab<Int>(capacity: 1)
        let handle = try required(slab.insert(1))
        slab.find(handle)?.pointee = 2
        #expect(slab.find(handle)?.pointee == 2)
    }

    @Test("a handle finds nothing once its tenant has left")
    func stale() throws {
        var slab = Slab<Int>(capacity: 2)
        let handle = try required(slab.insert(1))
        slab.remove(handle)
        #expect(slab.find(handle) == nil)
        #expect(slab.usedCount == 0)
    }

    @Test("the next tenant of a slot is not found by the last one's handle")
    func stranger() throws {
        var slab = Slab<Int>(capacity: 1)
        let old = try required(slab.insert(1))
        slab.remove(old)
        let new = try required(slab.insert(2))
        #expect(new.slot == old.slot)
        #expect(new.generation != old.generation)
        #expect(slab.find(old) == nil)
        #expect(slab.find(new)?.pointee == 2)
    }

    @Test("the last slot is given out, and none after it", arguments: [1, 2, 100])
    func full(capacity: Int) {
        var slab = Slab<Int>(capacity: capacity)
        var handles: [Handle] = []
        for value in 0..<capacity { if let handle = slab.insert(value) { handles.append(handle) } }
        #expect(handles.count == capacity)
        #expect(slab.insert(-1) == nil)
        slab.remove(handles[0])
        #expect(slab.insert(-2) != nil)
        #expect(slab.insert(-3) == nil)
    }

    @Test("the slot that was freed last is given out first, as it is still in cache")
    func lastFreedFirst() {
        var slab = Slab<Int>(capacity: 8)
        let handles = (0..<4).compactMap { slab.insert($0) }
        slab.remove(handles[1])
        slab.remove(handles[3])
        let again = (0..<2).compactMap { _ in slab.insert(9)?.slot }
        #expect(again == [handles[3].slot, handles[1].slot])
    }

    @Test("a handle to a slot that does not exist finds nothing", arguments: [4, 5, UInt32.max])
    func beyond(slot: UInt32) {
        var slab = Slab<Int>(capacity: 4)
        for value in 0..<4 { _ = slab.insert(value) }
        #expect(slab.find(Handle(slot: slot, generation: 0)) == nil)
    }

    @Test("a slot that was never used has no tenant")
    func untouched() {
        let slab = Slab<Int>(capacity: 4)
        #expect(slab.find(Handle(slot: 0, generation: 0)) == nil)
        #expect(slab.tenant(of: 0) == nil)
        #expect(slab.walkEnd == 0)
    }

    @Test("walking the table meets every tenant and nobody else")
    func walk() {
        var slab = Slab<Int>(capacity: 8)
        let handles = (0..<5).compactMap { slab.insert($0) }
        slab.remove(handles[1])
        slab.remove(handles[4])
        let met = (0..<slab.walkEnd).compactMap { slab.tenant(of: $0) }.compactMap { slab.find($0)?.pointee }
        #expect(met == [0, 2, 3])
    }

    @Test("under random use it answers as a dictionary would", arguments: 1...4 as ClosedRange<UInt64>)
    func model(seed: UInt64) {
        var chance = Seeded(seed)
        var slab = Slab<Int>(capacity: 32)
        var living: [(handle: Handle, value: Int)] = []
        var dead: [Handle] = []
        for step in 0..<4_000 {
            if chance.oneIn(2), let handle = slab.insert(step) {
                living.append((handle, step))
            } else if let index = living.indices.randomElement(using: &chance) {
                slab.remove(living[index].handle)
                dead.append(living.remove(at: index).handle)
            }
            if let one = living.randomElement(using: &chance) { #expect(slab.find(one.handle)?.pointee == one.value) }
            if let one = dead.randomElement(using: &chance) { #expect(slab.find(one) == nil) }
        }
        #expect(slab.usedCount == living.count)
        #expect(living.allSatisfy { slab.find($0.handle)?.pointee == $0.value })
    }
}
