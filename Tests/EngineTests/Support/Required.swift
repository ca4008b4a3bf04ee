// `#require` takes its expression apart and copies what it finds, which a noncopyable value forbids.

import Testing

/// The value, or an end of the test where there is none.
func required<Value>(_ value: Value?, sourceLocation: SourceLocation = #_sourceLocation) throws -> Value {
    try #require(value, sourceLocation: sourceLocation)
}
