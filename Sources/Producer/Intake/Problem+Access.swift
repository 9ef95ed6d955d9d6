import HTTPTypes
import Hummingbird
import JobEngine

/// Problems of access, of repetition and of the servers behind.
extension Problem {
    // MARK: - Who calls

    static let noToken = Problem(
        status: .unauthorized,
        slug: "no-token",
        title: "No token",
        detail: "Expected a header Authorization: Bearer TOKEN. Make a token with `producer tokens create`.",
        headers: [.wwwAuthenticate: #"Bearer realm="relais""#]
    )

    static let wrongToken = Problem(
        status: .unauthorized,
        slug: "wrong-token",
        title: "Wrong token",
        detail: "The token is unknown or revoked. Make another with `producer tokens create`.",
        headers: [.wwwAuthenticate: #"Bearer realm="relais", error="invalid_token""#]
    )

    static func scopeTooSmall(needed: [Scope]) -> Problem {
        let names = needed.map(\.rawValue)
        return Problem(
            status: .forbidden,
            slug: "scope-too-small",
            title: "Scope too small",
            detail: "This needs a token with the scope \(names.joined(separator: " or ")).",
            headers: [
                .wwwAuthenticate: #"Bearer realm="relais", error="insufficient_scope", scope="\#(names[0])""#
            ],
            more: ["scopes": .array(names.map { .string($0) })]
        )
    }

    // MARK: - Repetition

    static let keyReused = Problem(
        status: .unprocessableContent,
        slug: "idempotency-key-reused",
        title: "Idempotency-Key reused",
        detail: "This key came with another request within the last 24 hours. Expected the same body and options, or a "
            + "new key. Nothing was enqueued."
    )

    static let keyInUse = Problem(
        status: .conflict,
        slug: "idempotency-key-in-use",
        title: "Idempotency-Key in use",
        detail: "The first request with this key is still being carried out. Ask again in a second.",
        headers: [.retryAfter: "1"]
    )

    static let uniqueKeyInUse = Problem(
        status: .serviceUnavailable,
        slug: "unique-key-in-use",
        title: "Unique key in use",
        detail: "A transaction that has enqueued the same job is still open. Nothing was enqueued. Repeat the request.",
        headers: [.retryAfter: "1"]
    )

    // MARK: - Files

    static let forgedLink = Problem(
        status: .forbidden,
        slug: "forged-link",
        title: "Link not valid",
        detail: "Expected a link as it was sent by mail, whole and unchanged."
    )

    static let expiredLink = Problem(
        status: .gone,
        slug: "expired-link",
        title: "Link expired",
        detail: "Files are kept for 7 days after their mail. Ask for the export again."
    )

    static let unknownFile = Problem(
        status: .notFound,
        slug: "unknown-file",
        title: "Unknown file",
        detail: "There is no such file any more. Ask for the export again."
    )

    static func rangeOutside(size: Int) -> Problem {
        Problem(
            status: .rangeNotSatisfiable,
            slug: "range-outside",
            title: "Range outside of the file",
            detail: "The file has \(size) bytes. Ask for a range that begins within them, or for the whole file.",
            headers: [.contentRange: "bytes */\(size)"]
        )
    }

    // MARK: - Servers

    static let databaseAway = Problem(
        status: .serviceUnavailable,
        slug: "database-away",
        title: "Database away",
        detail: "The database does not answer, so the request was not carried out. Repeat it.",
        headers: [.retryAfter: "5"]
    )

    static let outcomeUnknown = Problem(
        status: .serviceUnavailable,
        slug: "outcome-unknown",
        title: "Outcome unknown",
        detail: "The database went away while the request was being committed. Repeat it with the same "
            + "Idempotency-Key; without one it may be carried out twice.",
        headers: [.retryAfter: "5"]
    )

    static let internalFault = Problem(
        status: .internalServerError,
        slug: "internal-fault",
        title: "Internal fault",
        detail: "This is a fault of the service, not of the request; the log has the reason under the request's id."
    )
}
