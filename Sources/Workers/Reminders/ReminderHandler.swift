import Foundation
import JobEngine
import MailTemplates
import Platform
import Postgres

/// `application.reminder`: one mail to the owner of offers about what waits for his answer and what has just expired, as
/// both are when it is sent.
struct ReminderHandler: JobHandler {
    let mailer: JobMailer
    let calendar: ExpiryCalendar
    /// Where owners answer; nil: the mail names no page.
    let page: URL?

    func perform(_ arguments: Reminder, in context: JobContext) async throws -> JobOutcome {
        let owner = try await AccountRecipient.find(arguments.ownerID, in: context.database)
        guard let owner else { return .obsolete(because: "account-gone") }
        if let obstacle = owner.obstacle { return .obsolete(because: obstacle) }
        guard let address = owner.address else { return .obsolete(because: "invalid-address") }
        let rows = try await context.database.query(
            ReminderSQL.applications(of: arguments.ownerID, since: context.job.createdAt, limit: ReminderMail.limit)
        )
        let mail = ReminderMail(
            firstName: owner.firstName,
            waiting: try Self.list(rows, in: "submitted") { _, submittedAt in
                calendar.expiry(ofSubmission: submittedAt, now: context.job.claimedAt)
            },
            expired: try Self.list(rows, in: "expired") { row, _ in try row.decode("expired_at") },
            page: page
        )
        // Answered meanwhile.
        guard let mail else { return .obsolete(because: "nothing-to-say") }
        return try await mailer.deliver(try mail.content(), to: address, for: context, ifUnknown: .leave)
    }

    private static func list(
        _ rows: [Row],
        in state: String,
        end: (Row, Date) throws -> Date
    ) throws -> ReminderMail.List {
        let rows = try rows.filter { try $0.decode("state", as: String.self) == state }
        let entries = try rows.map { row in
            let submittedAt: Date = try row.decode("submitted_at")
            return ReminderMail.Entry(
                offerTitle: try row.decode("title"),
                submittedAt: submittedAt,
                expiresAt: try end(row, submittedAt)
            )
        }
        return ReminderMail.List(entries: entries, total: try rows.first?.decode("total") ?? 0)
    }
}

/// The statement of the reminder.
enum ReminderSQL {
    /// What waits for an owner, and what has expired and was marked by a sweep since `creation` of the reminder: the
    /// oldest first, at most `limit` of either, with their number in all. One statement, so that an application that
    /// expires at this moment stands in one of the lists.
    static func applications(of owner: Int64, since creation: Date, limit: Int) -> SQL {
        """
        SELECT state, title, submitted_at, expired_at, total FROM (
            SELECT a.state, left(o.title, 1000) AS title, a.submitted_at, a.expired_at,
                count(*) OVER (PARTITION BY a.state) AS total,
                row_number() OVER (PARTITION BY a.state ORDER BY a.submitted_at, a.id) AS place
            FROM platform.application a JOIN platform.offer o ON o.id = a.offer_id
            WHERE o.owner_id = \(owner) AND isfinite(a.submitted_at)
                AND (a.state = 'submitted'
                    OR a.state = 'expired' AND a.reminded_at >= \(creation) AND a.reminded_at >= a.expired_at)
        ) AS one
        WHERE place <= \(limit) ORDER BY state, place
        """
    }
}
