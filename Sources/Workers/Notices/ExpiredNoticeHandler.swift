import Foundation
import JobEngine
import Mail
import MailTemplates
import Platform
import Postgres

/// `application.expired-notice`: tells a pupil that an application of his expired without an answer.
struct ExpiredNoticeHandler: JobHandler {
    let mailer: JobMailer

    func perform(_ arguments: ExpiredNotice, in context: JobContext) async throws -> JobOutcome {
        let rows = try await context.database.query(ExpiredNoticeSQL.facts(arguments.applicationID))
        guard let row = rows.first else { return .obsolete(because: "application-gone") }
        guard try row.decode("state", as: String.self) == "expired" else {
            return .obsolete(because: "application-not-expired")
        }
        let pupil = try AccountRecipient(row)
        if let obstacle = pupil.obstacle { return .obsolete(because: obstacle) }
        guard let address = pupil.address else { return .obsolete(because: "invalid-address") }
        let mail = ExpiredNoticeMail(
            firstName: pupil.firstName,
            offerTitle: try row.decode("title"),
            employerName: try row.decode("employer_name"),
            submittedAt: try row.decode("submitted_at")
        )
        return try await mailer.deliver(try mail.content(), to: address, for: context, ifUnknown: .leave)
    }
}

/// The statement of the expired notice.
enum ExpiredNoticeSQL {
    /// The application with its pupil and offer, deleted or not: what expired is told all the same.
    static func facts(_ application: Int64) -> SQL {
        """
        SELECT p.state, p.submitted_at, o.title, o.employer_name, \(fragment: AccountRecipient.columns)
        FROM platform.application p
        JOIN platform.offer o ON o.id = p.offer_id
        JOIN platform.account a ON a.id = p.student_id
        WHERE p.id = \(application)
        """
    }
}
