// A frontend's routes, limits and changes, as shards use them. One that has none pays a test for each.

internal import Balancing
internal import Codecs
internal import Config

/// Where the requests of one frontend in http mode go. A plain handle to memory that lives as long as the plan.
struct PlannedRouting: BitwiseCopyable {
    let rateLimits: UnsafeMutableBufferPointer<PlannedRateLimit>
    let matcher: Routes
    let routes: UnsafeMutableBufferPointer<PlannedRoute>
    /// By route, and behind them what holds where none matches.
    private let rewritings: UnsafeMutableBufferPointer<PlannedRewriting>
    private let errorFiles: UnsafeMutableBufferPointer<PlannedErrorFile>
    /// The frontend's.
    let name: PlannedName
    /// Whether anything is to be decided before a request goes to the default backend.
    let decides: Bool
    private let changesAny: Bool

    private struct PlannedErrorFile: BitwiseCopyable {
        var status: Int
        var file: PlannedFile
    }

    /// No route has matched.
    static let none = UInt16.max

    /// - Parameters:
    ///   - configured: validated: its expressions compile.
    ///   - seed: keys what must not be foreseen from outside.
    init(_ configured: Frontend, seed: UInt64, backendIndex: (String) -> Int?) {
        var frontend = configured
        // Connections have no requests: what was said of those has been warned of, and was not judged.
        if frontend.mode == .tcp { (frontend.routes, frontend.rateLimits, frontend.errorFiles) = ([], [], []) }
        rateLimits = Self.store(frontend.rateLimits.enumerated().map { PlannedRateLimit($1, seed: seed &+ UInt64($0)) })
        do throws(ExpressionFault) {
            matcher = try Routes(frontend.routes.map { RouteRule($0.conditions, target: $0.target) })
        } catch {
            preconditionFailure("validation has compiled every expression")
        }
        routes = Self.store(frontend.routes.map { PlannedRoute($0, backendIndex: backendIndex) })
        let requestIDName = frontend.requestIDHeader ?? ""
        let rewritings = (frontend.routes.map(\.rewriting) + [nil]).map {
            PlannedRewriting(frontend.rewriting, $0, requestIDName: requestIDName)
        }
        changesAny = rewritings.contains { !$0.isEmpty }
        self.rewritings = Self.store(rewritings)
        errorFiles = Self.store(frontend.errorFiles.map { PlannedErrorFile(status: $0.status, file: PlannedFile($0.file)) })
        name = PlannedName(frontend.name)
        decides =
            !frontend.rateLimits.isEmpty || !frontend.routes.isEmpty || backendIndex(frontend.backend) == nil
            || rewritings.contains { $0.editsPath }
    }

    func destroy() {
        for limit in rateLimits { limit.destroy() }
        matcher.destroy()
        for route in routes { route.destroy() }
        for rewriting in rewritings { rewriting.destroy() }
        for file in errorFiles { file.file.destroy() }
        rateLimits.deallocate()
        routes.deallocate()
        rewritings.deallocate()
        errorFiles.deallocate()
        name.destroy()
    }

    /// What is changed of a request of that route, and of its answer; `nil`: nothing.
    @inline(__always)
    func rewriting(_ route: UInt16) -> UnsafePointer<PlannedRewriting>? {
        guard changesAny else { return nil }
        let place = route == Self.none ? routes.count : Int(route)
        guard !rewritings[place].isEmpty else { return nil }
        return UnsafePointer(rewritings.baseAddress! + place)
    }

    /// The protocol that requests of that route ask to change to; empty: it lets none pass but WebSocket.
    func upgradeName(_ route: UInt16) -> UnsafeRawBufferPointer {
        route == Self.none ? UnsafeRawBufferPointer(start: nil, count: 0) : routes[Int(route)].upgradeName.bytes
    }

    /// The body of our own answers of that status, where there is a file for it.
    func errorFile(_ status: Int) -> PlannedFile? {
        for index in 0..<errorFiles.count where errorFiles[index].status == status { return errorFiles[index].file }
        return nil
    }

    /// Bytes of the longest text that is written for a request whose head is that long: beside its head, and alone.
    func textBytesMax(headBytesMax: Int) -> Int {
        let changes = rewritings.reduce(0) { max($0, $1.addedBytesMax(headBytesMax: headBytesMax)) }
        return routes.reduce(changes) { max($0, $1.url.bytesMax(headBytesMax: headBytesMax)) }
    }

    private static func store<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = memory.initialize(from: elements)
        return memory
    }
}
