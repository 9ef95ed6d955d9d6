import Foundation
import JobEngine
import MailTemplates
import Platform
import Postgres

/// `application.submitted-notice`: tells the owner of an offer that a pupil has applied to it.
struct SubmittedNoticeHandler: JobHandler {
    let mailer: JobMailer
    let calendar: ExpiryCalendar
    /// Where owners answer; nil: the mail names no page.
    let page: URL?

    func perform(_ arguments: SubmittedNotice, in context: JobContext) async throws -> JobOutcome {
        let rows = try await context.database.query(SubmittedNoticeSQL.facts(arguments.applicationID))
        guard let row = rows.first else { return .obsolete(because: "application-gone") }
        // Answered, withdrawn or expired meanwhile: it waits for nobody.
        guard try row.decode("state", as: String.self) == "submitted" else {
            return .obsolete(because: "application-not-waiting")
        }
        let owner = try await AccountRecipient.find(try row.decode("owner_id"), in: context.database)
        guard let owner else { return .obsolete(because: "account-gone") }
        if let obstacle = owner.obstacle { return .obsolete(because: obstacle) }
        guard let address = owner.address else { return .obsolete(because: "invalid-address") }
        let submittedAt: Date = try row.decode("submitted_at")
        let mail = SubmittedNoticeMail(
            firstName: owner.firstName,
            offerTitle: try row.decode("title"),
            submittedAt: submittedAt,
            expiresAt: calendar.expiry(ofSubmission: submittedAt, now: context.job.claimedAt),
            page: page
        )
        return try await mailer.deliver(try mail.content(), to: address, for: context, ifUnknown: .leave)
    }
}

/// The statement of the submitted notice.
enum SubmittedNoticeSQL {
    /// The application with its offer, deleted or not: the application waits for an answer all the same.
    static func facts(_ application: Int64) -> SQL {
        """
        SELECT a.state, a.submitted_at, o.title, o.owner_id
        FROM platform.application a JOIN platform.offer o ON o.id = a.offer_id
        WHERE a.id = \(application)
        """
    }
}
