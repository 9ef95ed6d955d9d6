import HTTPTypes
import Hummingbird

/// Asks each request for a bearer token that may do what is asked.
struct Authentication: Sendable {
    private let tokens: AccessTokens

    init(_ tokens: AccessTokens) {
        self.tokens = tokens
    }

    /// The caller of a request.
    ///
    /// - Throws: ``Problem``: 401 without a token or with a wrong one, 403 when it has none of the scopes.
    func caller(of request: Request, anyOf scopes: [Scope]) async throws -> Caller {
        guard let header = request.headers[.authorization] else { throw Problem.noToken }
        guard let token = AccessToken(authorization: header), let caller = try await tokens.caller(token) else {
            throw Problem.wrongToken
        }
        guard !caller.scopes.isDisjoint(with: scopes) else { throw Problem.scopeTooSmall(needed: scopes) }
        return caller
    }
}
