// What the demo shows, read from the data plane at one moment.

internal import Config
internal import Engine

/// Figures of each server, in their order, and of all.
struct DemoFigures: Equatable {
    struct Row: Equatable {
        /// Connections, or in http mode requests.
        var taken: UInt64
        var open: UInt64
        var bytesIn: UInt64
        var bytesOut: UInt64
        var isStopped = false
    }

    let servers: [Row]
    let total: Row

    init(_ plane: DataPlane, _ members: [DemoServer], _ mode: Frontend.Mode) {
        servers = members.enumerated().map { server, member in
            Row(
                taken: plane.total(.sessions, server: server),
                open: UInt64(max(0, plane.currentConnections(server: server))),
                bytesIn: plane.total(.bytesIn, server: server), bytesOut: plane.total(.bytesOut, server: server),
                isStopped: !member.isRunning)
        }
        total = Row(
            taken: plane.total(mode == .http ? .requests : .accepted), open: plane.total(.connections),
            bytesIn: plane.total(.bytesIn), bytesOut: plane.total(.bytesOut))
    }
}
