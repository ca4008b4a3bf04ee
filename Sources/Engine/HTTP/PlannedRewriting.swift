// All that an operator changes of the heads of a route, or of a frontend's requests that no route takes.

internal import Config

/// What is changed of requests and of their answers.
struct PlannedRewriting: BitwiseCopyable {
    let requestFields: PlannedFields
    let responseFields: PlannedFields
    /// The frontend's, and behind it the route's.
    private let first: PathEdit
    private let second: PathEdit
    let editsPath: Bool
    let isEmpty: Bool

    init(_ frontend: Rewriting, _ route: Rewriting?, requestIDName: String) {
        let route = route ?? Rewriting()
        requestFields = PlannedFields(
            frontend.requestFields + route.requestFields, requestIDName: requestIDName, isRequest: true)
        responseFields = PlannedFields(frontend.responseFields + route.responseFields, isRequest: false)
        first = PathEdit(frontend)
        second = PathEdit(route)
        editsPath = !first.isEmpty || !second.isEmpty
        isEmpty = requestFields.isEmpty && responseFields.isEmpty && !editsPath
    }

    func destroy() {
        requestFields.destroy()
        responseFields.destroy()
        first.destroy()
        second.destroy()
    }

    /// What it can make a head longer by, either way, where the request's is as long as may be.
    func addedBytesMax(headBytesMax: Int) -> Int {
        max(
            requestFields.added.bytesMax(headBytesMax: headBytesMax) + first.addedBytes + second.addedBytes,
            responseFields.added.bytesMax(headBytesMax: headBytesMax))
    }

    func editPath(in writer: inout HeadWriter, from start: Int) {
        if !first.isEmpty { first.apply(to: &writer, from: start) }
        if !second.isEmpty { second.apply(to: &writer, from: start) }
    }
}
