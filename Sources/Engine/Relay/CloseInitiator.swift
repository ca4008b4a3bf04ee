// Who spoke of a WebSocket's end first.

/// Of an end without a close: which of the two left first, or `nobody` where it was cut by us.
public enum CloseInitiator: UInt8, BitwiseCopyable, CaseIterable, Sendable { case nobody, client, server, balancer }
