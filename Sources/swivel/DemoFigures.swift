// What the demo shows, read from the data plane at one moment.

internal import Engine

/// Figures of each server, in their order, and of all.
struct DemoFigures: Equatable {
    struct Row: Equatable {
        var connections: UInt64
        var open: UInt64
        var bytesIn: UInt64
        var bytesOut: UInt64
    }

    let servers: [Row]
    let total: Row

    init(_ plane: DataPlane, serverCount: Int) {
        servers = (0..<serverCount).map { server in
            Row(
                connections: plane.total(.sessions, server: server),
                open: UInt64(max(0, plane.currentConnections(server: server))),
                bytesIn: plane.total(.bytesIn, server: server), bytesOut: plane.total(.bytesOut, server: server))
        }
        total = Row(
            connections: plane.total(.accepted), open: plane.total(.connections), bytesIn: plane.total(.bytesIn),
            bytesOut: plane.total(.bytesOut))
    }
}
