// Tokens: what goes to the kernel comes back the same.

import Testing

@testable import Engine

@Suite("A token")
struct TokenTests {
    private static let operations = (0...UInt8.max).compactMap(Operation.init(rawValue:))

    @Test("operation and handle survive the way to the kernel and back")
    func roundTrip() {
        let handles = [0, 1, UInt32.max - 1, .max].flatMap { slot in
            [0, 1, Handle.generationMask].map { Handle(slot: slot, generation: $0) }
        }
        for operation in Self.operations {
            for handle in handles {
                let token = Token(rawValue: Token(operation, handle).rawValue)
                #expect(token.operation == operation)
                #expect(token.handle == handle)
            }
        }
    }

    @Test("different operations on different slots never share a token")
    func distinct() {
        let tokens = Self.operations.flatMap { operation in
            [0, 1, 2].map { Token(operation, Handle(slot: $0, generation: 5)).rawValue }
        }
        #expect(Set(tokens).count == tokens.count)
    }

    @Test("a token by index is that of generation 0")
    func index() {
        #expect(Token(.accept, index: 7) == Token(.accept, Handle(slot: 7, generation: 0)))
    }

    @Test("no operation is 0, so an empty token is nobody's")
    func empty() {
        #expect(Token(rawValue: 0).operation == nil)
        #expect(Operation(rawValue: 0) == nil)
    }

    @Test("user data that is none of ours has no operation")
    func foreign() {
        #expect(Token(rawValue: .max).operation == nil)
    }
}
