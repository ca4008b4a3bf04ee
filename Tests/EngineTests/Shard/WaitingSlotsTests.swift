// A queue through a table of links: first in, first out, and out of its middle.

import Config
import Testing

@testable import Engine

@Suite("Slots that wait")
struct WaitingSlotsTests {
    @Test("whoever comes and goes, the order is the model's, in each of two queues over one table", arguments: 1...5 as ClosedRange<UInt64>)
    func model(seed: UInt64) {
        let links = WaitingLinks(capacity: 16)
        defer { links.destroy() }
        var (chance, queues, models) = (Seeded(seed), [WaitingSlots(), WaitingSlots()], [[UInt32](), []])
        for _ in 0..<300 {
            let slot = UInt32.random(in: 0..<16, using: &chance)
            let place = Int.random(in: 0..<2, using: &chance)
            if let holder = models.firstIndex(where: { $0.contains(slot) }) {
                // The first more often than others, as places come free for it.
                let leaving = chance.oneIn(2) ? queues[holder].first : slot
                queues[holder].remove(leaving, in: links)
                models[holder].removeAll { $0 == leaving }
            } else {
                queues[place].append(slot, in: links)
                models[place].append(slot)
            }
            for (queue, model) in zip(queues, models) {
                #expect(queue.count == model.count)
                #expect(queue.first == model.first ?? WaitingSlots.none && queue.last == model.last ?? WaitingSlots.none)
                var (slot, order) = (queue.first, [UInt32]())
                while slot != WaitingSlots.none, order.count < 100 {
                    order.append(slot)
                    slot = links[slot].after
                }
                #expect(order == model)
            }
        }
    }
}

@Suite("Which requests are logged")
struct PlannedLogTests {
    private func log(rate: Double = 1, minStatus: Int = 0, format: LogOptions.AccessFormat? = nil) -> PlannedLog {
        var options = LogOptions()
        options.accessSampleRate = rate
        options.accessMinStatus = minStatus
        options.accessFormat = format
        return PlannedLog(options)
    }

    @Test("all of them, where nothing else is said")
    func all() {
        #expect(log().takesAll)
        for draw in [0, 1, 0xffff_ffff, UInt64.max] { #expect(log().takes(draw: draw, status: 0)) }
    }

    @Test("a part of them, by the draw", arguments: [0.25, 0.5, 0.000_001])
    func sampled(rate: Double) {
        let log = log(rate: rate)
        let threshold = UInt64(rate * 4_294_967_296)
        #expect(!log.takesAll)
        #expect(log.takes(draw: threshold - 1, status: 200) && !log.takes(draw: threshold, status: 200))
        #expect(log.takes(draw: 0xffff_ffff_0000_0000, status: 200), "the draw's lower half counts")
    }

    @Test("those of a status and above")
    func status() {
        #expect(!log(minStatus: 400).takes(draw: 0, status: 399) && log(minStatus: 400).takes(draw: 0, status: 400))
        #expect(!log(rate: 0.5, minStatus: 400).takes(draw: 0xffff_ffff, status: 500))
    }

    @Test("requests have a format of their own, where that of connections was asked for", arguments: [
        (nil, .combined), (.tcp, .combined), (.combined, .combined), (.vcombined, .vcombined), (.common, .common), (.json, .json), (.haproxy, .haproxy),
    ] as [(LogOptions.AccessFormat?, PlannedLogTests.Format)])
    func formats(asked: LogOptions.AccessFormat?, used: Format) {
        #expect("\(log(format: asked).format)" == used.rawValue)
    }

    @Test("a template comes with the fields that it asks for")
    func template() {
        var options = LogOptions()
        options.accessFormat = .template
        options.accessTemplate = "$status $http_x_team $pid"
        let log = PlannedLog(options)
        defer { log.destroy() }
        #expect(log.template != nil && log.fieldNames.count == 1)
        #expect(log.fieldNames.first.map { String(decoding: $0.bytes, as: UTF8.self) } == "x-team")
        #expect(self.log().template == nil && self.log().fieldNames.isEmpty)
    }

    enum Format: String, Sendable { case combined, vcombined, common, json, haproxy }
}
