// What `swivel demo` was asked for: it brings its own servers, so only this much can be said.

import Codecs

/// The options of the demonstration.
public struct DemoOptions: Equatable, Sendable {
    /// Where the demo's frontend listens, never empty; 127.0.0.1:8080 where nothing was said.
    public var listeners: [Listener] = [Listener(address: .ipv4(host: 0x7f00_0001, port: 8080))]
    /// Whether requests are balanced or connections.
    public var mode = Frontend.Mode.http
    public var process = ProcessOptions()
    public var log = LogOptions()

    /// How long the demo's drain waits where nothing was said.
    public static let gracefulTimeoutMilliseconds: UInt64 = 1_000

    public init() { process.gracefulTimeoutMilliseconds = Self.gracefulTimeoutMilliseconds }
}
