// Who spoke of a WebSocket's end first.

/// `nobody`: it ended without a close.
public enum CloseInitiator: UInt8, BitwiseCopyable, CaseIterable, Sendable { case nobody, client, server, balancer }
