// What becomes of the requests that a route takes, as shards use it.

internal import Config

/// A route's target.
struct PlannedRoute: BitwiseCopyable {
    enum Target: UInt8, BitwiseCopyable { case backend, redirect, redirectToHTTPS, answer, deny }

    let target: Target
    /// Index of the backend; -1: another target.
    let backend: Int
    /// Of a redirect, and of an answer of our own.
    let status: UInt16
    /// Where a redirect leads.
    let url: PlannedText
    /// The body of an answer of our own.
    let file: PlannedFile
    /// The protocol that its requests ask to change to, in small letters; empty: it does not ask for that.
    let upgradeName: PlannedName

    init(_ route: Route, backendIndex: (String) -> Int?) {
        var (index, status, url, file) = (-1, 0, TextTemplate(), StaticFile?.none)
        switch route.target {
        case .backend(let name):
            target = .backend
            guard let found = backendIndex(name) else {
                preconditionFailure("validation has matched every route with a backend")
            }
            index = found
        case .redirect(let asked, let template):
            target = .redirect
            (status, url) = (asked, template)
        case .redirectToHTTPS:
            target = .redirectToHTTPS
            (status, url.pieces) = (301, [.text("https://"), .variable(.host), .variable(.requestURI)])
        case .respond(let asked, let body):
            target = .answer
            (status, file) = (asked, body)
        case .deny: target = .deny
        }
        backend = index
        self.status = UInt16(status)
        self.url = PlannedText(url.pieces)
        self.file = PlannedFile(file)
        upgradeName = PlannedName(route.conditions.upgrade ?? "")
    }

    func destroy() {
        url.destroy()
        file.destroy()
        upgradeName.destroy()
    }
}
