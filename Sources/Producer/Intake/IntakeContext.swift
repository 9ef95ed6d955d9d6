import HTTPTypes
import Hummingbird

/// What belongs to one request: its logger with the request's id, and the route that it took.
struct IntakeContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}

extension HTTPField.Name {
    /// draft-ietf-httpapi-idempotency-key-header.
    static let idempotencyKey = Self(token: "idempotency-key")
    /// Says that an answer is that of an earlier request with the same key.
    static let idempotentReplay = Self(token: "idempotent-replay")

    private init(token name: String) {
        // Every name above is a token; the stand-in only satisfies the type.
        self = Self(name) ?? .trailer
    }
}
