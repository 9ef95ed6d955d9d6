package import Foundation
package import Postgres

/// What an operator did: the row that is committed together with the act, or not at all.
package struct AuditEntry: Sendable {
    /// The name of a token, or `cli:USER@HOST`.
    package let actor: String
    /// `noun.verb`, for example `queue.pause`.
    package let action: String
    /// What it was done to: `queue:notice`, `job:0190…`, `process:12`, `replay:3`.
    package let target: String
    /// Why, in 1 to 500 characters that name nobody.
    package let reason: String
    /// What else there is to know, such as the values before and after.
    package var detail: JSONValue

    package init(actor: String, action: String, target: String, reason: String, detail: JSONValue = .object([:])) {
        self.actor = actor
        self.action = action
        self.target = target
        self.reason = reason
        self.detail = detail
    }

    /// The longest reason, in characters.
    package static let reasonLimit = 500

    /// Why a text cannot be a reason; nil when it can.
    package static func fault(inReason text: String?) -> ArgumentField.Fault? {
        let expected = "a reason of 1 to \(reasonLimit) characters, without names and addresses"
        guard let text else { return ArgumentField.Fault(field: "reason", expected: expected, got: "nothing") }
        let isBlank = text.allSatisfy(\.isWhitespace)
        guard isBlank || text.unicodeScalars.count > reasonLimit || text.unicodeScalars.contains("\0") else {
            return nil
        }
        let got = isBlank ? "an empty text" : "\(text.unicodeScalars.count) characters or a NUL"
        return ArgumentField.Fault(field: "reason", expected: expected, got: got)
    }
}

/// Who acts, and why: what every act asks for.
package struct Act: Sendable {
    package let actor: String
    package let reason: String

    package init(actor: String, reason: String) {
        self.actor = actor
        self.reason = reason
    }

    /// The row for what is done.
    package func entry(_ action: String, on target: String, _ detail: JSONValue = .object([:])) -> AuditEntry {
        AuditEntry(actor: actor, action: action, target: target, reason: reason, detail: detail)
    }
}

/// An act as the audit lists it.
package struct AuditRecord: Sendable {
    package let number: Int64
    package let at: Date
    package let actor: String
    package let action: String
    package let target: String
    package let reason: String
    package let detail: JSON

    init(_ row: Row) throws {
        number = try row.decode("id")
        at = try row.instant("at")
        actor = try row.decode("actor")
        action = try row.decode("action")
        target = try row.decode("target")
        reason = try row.decode("reason")
        detail = try row.decode("detail")
    }
}

extension Ledger {
    /// Runs an act and writes its row in one transaction: an act that throws leaves neither.
    package func audited<R: Sendable>(
        _ entry: AuditEntry,
        _ act: @Sendable (PostgresConnection) async throws -> R
    ) async throws -> R {
        try await durable.transaction(as: entry.action) { connection in
            let result = try await act(connection)
            try await Self.audit(entry, on: connection)
            return result
        }
    }

    /// Writes the row of an act whose detail is only known after it, in the transaction that is open on `connection`.
    package static func audit(_ entry: AuditEntry, on connection: PostgresConnection) async throws {
        _ = try await connection.execute(AuditSQL.insert(entry, detail: try JSON(encoding: entry.detail)))
    }

    /// The latest acts, newest first: those before `number`, on one target when it is given.
    package func audit(target: String? = nil, before number: Int64? = nil, limit: Int) async throws -> [AuditRecord] {
        try await durable.query(AuditSQL.list(target: target, before: number, limit: limit)).map(AuditRecord.init)
    }
}
