import HTTPTypes
import Hummingbird

/// Registers paths, and answers every other method on them with 405 and the list of those that are served.
struct Routes {
    typealias Handler = @Sendable (Request, IntakeContext) async throws -> Response

    static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options, .trace]
    /// Stands for every method beside them (``AnyMethod``).
    static let otherMethod = HTTPRequest.Method("OTHER") ?? .trace

    let router: Router<IntakeContext>

    /// Serves a path with one handler per method; HEAD comes with GET.
    func serve(_ path: RouterPath, _ handlers: [HTTPRequest.Method: Handler]) {
        var served = Set(handlers.keys)
        if served.contains(.get) { served.insert(.head) }
        let refusal = Problem.methodNotAllowed(allowed: Array(served))
        for method in Self.methods.union([Self.otherMethod]) {
            if let handler = handlers[method] {
                router.on(path, method: method, use: handler)
            } else if !served.contains(method) {
                router.on(path, method: method) { _, _ -> Response in throw refusal }
            }
        }
    }
}
