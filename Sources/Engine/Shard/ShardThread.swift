// The thread of a shard: pinned, named, and the only one that ever touches what the shard owns.

internal import CLinux
internal import Glibc

/// Starts a thread that runs `body` to its end. Its stack is small: a shard's state lies in tables.
struct ShardThread {
    private var thread = pthread_t()
    private static var stackBytes: Int { 512 * 1024 }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// - Parameters:
    ///   - name: at most 15 bytes (pthread_setname_np(3)).
    ///   - core: the core to stay on, or `nil`.
    init(name: String, core: Int?, _ body: @escaping @Sendable () -> Void) throws(SetupError) {
        let box = Unmanaged.passRetained(
            Box {
                swivel_set_thread_name(name)
                if let core { _ = swivel_set_affinity(Int32(core)) }
                body()
            })
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        let result = pthread_create(&thread, &attributes, { argument in
            Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
        pthread_attr_destroy(&attributes)
        if result != 0 {
            box.release()
            throw SetupError(.systemError, "cannot start a thread", errno: result)
        }
    }

    func join() { pthread_join(thread, nil) }
}
