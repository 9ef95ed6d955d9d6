import HTTPTypes
import Postgres

/// An answer as it is kept and given again.
struct KeptAnswer: Sendable {
    let status: Int
    /// nil: the answer is about many jobs.
    let location: String?
    let body: String
}

/// Answers by `Idempotency-Key`: a repeated request is answered as the first was, and enqueues nothing.
struct Idempotency: Sendable {
    /// What a key turned out to be.
    enum Finding: Sendable {
        /// Nobody has used it: the row is ours, and waits for the answer of this transaction.
        case new
        /// The same request was answered before.
        case answered(KeptAnswer)
        /// Another request was made with it.
        case otherRequest
    }

    let token: Int64
    let path: String
    let key: String
    /// Says whether two requests are the same (``SharedSecret/code(ofRequest:)``).
    let requestCode: [UInt8]

    /// Claims the key in the transaction that is open on `connection`. A transaction that holds it already is awaited
    /// for at most 1 s.
    ///
    /// An answer older than 24 hours counts as none, whether or not it has been deleted yet.
    ///
    /// - Throws: ``Problem/keyInUse`` when the first request takes longer.
    func claim(on connection: PostgresConnection) async throws -> Finding {
        _ = try await connection.execute("SET LOCAL lock_timeout = '1s'")
        let isNew: Bool
        do {
            isNew = try await connection.execute(insertion, as: "claim idempotency key") == 1
        } catch let error as PostgresError where error.sqlState == "55P03" {
            throw Problem.keyInUse
        }
        // What follows waits as long as any other request.
        _ = try await connection.execute("SET LOCAL lock_timeout = 0")
        if isNew { return .new }
        let rows = try await connection.query(
            """
            SELECT request_code, status, location, body FROM relais.idempotency
            WHERE token = \(token) AND path = \(path) AND key = \(key)
            """,
            as: "read kept answer"
        )
        // Gone between the two statements: deleted for its age. The next call finds the key free.
        guard let row = rows.first else { throw Problem.keyInUse }
        guard try row.decode("request_code", as: Bytes.self) == Bytes(requestCode) else { return .otherRequest }
        return .answered(
            KeptAnswer(
                status: try row.decode("status"),
                location: try row.decode("location"),
                body: try row.decode("body")
            )
        )
    }

    /// Keeps the answer, in the same transaction.
    func keep(_ answer: KeptAnswer, on connection: PostgresConnection) async throws {
        _ = try await connection.execute(
            """
            UPDATE relais.idempotency SET status = \(answer.status), location = \(answer.location), body = \(answer.body)
            WHERE token = \(token) AND path = \(path) AND key = \(key)
            """,
            as: "keep answer"
        )
    }

    private var insertion: SQL {
        """
        INSERT INTO relais.idempotency AS i (token, path, key, request_code)
        VALUES (\(token), \(path), \(key), \(Bytes(requestCode)))
        ON CONFLICT (token, path, key) DO UPDATE
        SET request_code = excluded.request_code, status = NULL, location = NULL, body = NULL,
            created_at = excluded.created_at
        WHERE i.created_at < clock_timestamp() - interval '24 hours'
        """
    }
}
