import Foundation
import Postgres

/// The caller behind a token.
struct Caller: Sendable {
    /// The row of `relais.access_token`.
    let token: Int64
    /// The token's name, by which the audit names its holder.
    let name: String
    let scopes: Set<Scope>
}

/// The tokens in `relais.access_token`.
struct AccessTokens: Sendable {
    /// A token as it is listed.
    struct Entry: Sendable {
        let name: String
        let scopes: [String]
        let createdAt: Date
        let revokedAt: Date?
    }

    private let database: PostgresPool

    init(_ database: PostgresPool) {
        self.database = database
    }

    /// Whose token this is; nil when it is unknown or revoked. Asked for each request, so that a revocation takes effect
    /// with the next one.
    func caller(_ token: AccessToken) async throws -> Caller? {
        let rows = try await database.query(
            "SELECT id, name, scopes FROM relais.access_token WHERE digest = \(Bytes(token.digest)) AND revoked_at IS NULL",
            as: "look up token",
            timeout: .seconds(2)
        )
        guard let row = rows.first else { return nil }
        let scopes = try row.decode("scopes", as: [String].self)
        return Caller(
            token: try row.decode("id"),
            name: try row.decode("name"),
            scopes: Set(scopes.compactMap(Scope.init))
        )
    }

    /// Stores a new token. False: a token of this name is in use.
    func add(_ token: AccessToken, name: String, scopes: [Scope]) async throws -> Bool {
        let names = Set(scopes.map(\.rawValue)).sorted()
        return try await database.execute(
            """
            INSERT INTO relais.access_token (name, digest, scopes) VALUES (\(name), \(Bytes(token.digest)), \(names))
            ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING
            """,
            as: "store token"
        ) == 1
    }

    /// Revokes the token in use under this name. False: there is none.
    func revoke(_ name: String) async throws -> Bool {
        try await database.execute(
            """
            UPDATE relais.access_token SET revoked_at = clock_timestamp()
            WHERE name = \(name) AND revoked_at IS NULL
            """,
            as: "revoke token"
        ) == 1
    }

    /// All tokens, those in use first.
    func list() async throws -> [Entry] {
        try await database.query(
            """
            SELECT name, scopes, created_at, revoked_at FROM relais.access_token
            ORDER BY revoked_at IS NOT NULL, name, created_at
            """,
            as: "list tokens"
        ).map { row in
            Entry(
                name: try row.decode("name"),
                scopes: try row.decode("scopes"),
                createdAt: try row.instant("created_at"),
                revokedAt: try row.optionalInstant("revoked_at")
            )
        }
    }

    /// What a name may look like, as the table checks it.
    static func isName(_ name: String) -> Bool {
        name.wholeMatch(of: /[a-z0-9][a-z0-9._\-]{0,62}/) != nil
    }
}
