// What one descriptor is watched for, in the epoll engine.

/// The operations that wait on a descriptor, by token (0: none), and what epoll was told of them.
struct Watch: BitwiseCopyable {
    var accept: UInt64 = 0
    var receive: UInt64 = 0
    var bytes: UInt64 = 0
    var room: UInt64 = 0
    var failure: UInt64 = 0
    /// The operation in `accept` ends with its first connection.
    var acceptsOnce = false
    /// The operation in `room` is a connect.
    var isConnecting = false
    /// The descriptor stands in the list of those whose interest may have changed.
    var isListed = false
    /// Told to epoll: 0 where the descriptor is not in its set.
    var registered: UInt32 = 0
    /// Counts the descriptor's tenants: an event for an earlier one is recognised.
    var generation: UInt32 = 0

    static let bytesMask: UInt32 = 0x1  // EPOLLIN
    static let roomMask: UInt32 = 0x4  // EPOLLOUT

    static let errorMask: UInt32 = 0x8  // EPOLLERR: always told, and says here that the descriptor is in the set

    var wanted: UInt32 {
        (accept | receive | bytes != 0 ? Self.bytesMask : 0) | (room != 0 ? Self.roomMask : 0)
            | (failure != 0 ? Self.errorMask : 0)
    }

    /// Nothing waits under this token any more; answers `false` where nothing did.
    mutating func forget(_ token: UInt64) -> Bool {
        if accept == token {
            accept = 0
        } else if receive == token {
            receive = 0
        } else if bytes == token {
            bytes = 0
        } else if room == token {
            room = 0
            isConnecting = false
        } else if failure == token {
            failure = 0
        } else {
            return false
        }
        return true
    }
}
