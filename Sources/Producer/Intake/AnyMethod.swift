import HTTPTypes
import Hummingbird

/// The router answers a method that it has never heard of as if the path were unknown. Here each of them is one method,
/// which every path refuses with the list of those that it serves.
struct AnyMethod<Inner: HTTPResponder>: HTTPResponder {
    let inner: Inner

    func respond(to request: Request, context: Inner.Context) async throws -> Response {
        if Routes.methods.contains(request.method) { return try await inner.respond(to: request, context: context) }
        var head = request.head
        head.method = Routes.otherMethod
        return try await inner.respond(to: Request(head: head, body: request.body), context: context)
    }
}
