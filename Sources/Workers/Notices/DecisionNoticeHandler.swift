import Foundation
import JobEngine
import MailTemplates
import Platform
import Postgres

/// `application.decision-notice`: tells the pupil, or after an approval a main teacher of his school, what the owner of
/// the offer has decided.
struct DecisionNoticeHandler: JobHandler {
    let mailer: JobMailer

    func perform(_ arguments: DecisionNotice, in context: JobContext) async throws -> JobOutcome {
        let facts = DecisionNoticeSQL.facts(arguments.applicationID, recipient: arguments.recipientID)
        guard let row = try await context.database.query(facts).first else {
            return .obsolete(because: "application-gone")
        }
        let recipient = try await AccountRecipient.find(arguments.recipientID, in: context.database)
        guard let recipient else { return .obsolete(because: "account-gone") }
        if let obstacle = recipient.obstacle { return .obsolete(because: obstacle) }
        guard let address = recipient.address else { return .obsolete(because: "invalid-address") }
        let content: MailContent
        switch try Self.mail(row, to: recipient) {
        case .success(let mail): content = try mail.content()
        case .failure(let obstacle): return .obsolete(because: obstacle.rawValue)
        }
        return try await mailer.deliver(content, to: address, for: context, ifUnknown: .leave)
    }

    /// Why there is nothing to tell; the raw value is the reason that the job is kept with.
    private enum Obstacle: String, Error {
        /// Cancelled, expired, or asked for too early.
        case notDecided = "application-not-decided"
        /// Neither the pupil nor a confirmed main teacher of the pupil's school.
        case notConcerned = "recipient-not-concerned"
        /// Teachers hear of approvals only.
        case notApproved = "application-not-approved"
        /// The convention that the mail asks for is there.
        case conventionSigned = "convention-signed"
    }

    private static func mail(_ row: Row, to recipient: AccountRecipient) throws -> Result<any MailTemplate, Obstacle> {
        let state: String = try row.decode("state")
        let decision: DecisionMail.Decision
        switch state {
        case "approved", "convention_signed": decision = .approved
        case "rejected": decision = .rejected
        default: return .failure(.notDecided)
        }
        if try row.decode("is_pupil") {
            return .success(
                DecisionMail(
                    decision: decision,
                    firstName: recipient.firstName,
                    offerTitle: try row.decode("title"),
                    employerName: try row.decode("employer_name"),
                    message: Quotation(try row.decode("message"))
                )
            )
        }
        guard try row.decode("is_teacher") else { return .failure(.notConcerned) }
        guard decision == .approved else { return .failure(.notApproved) }
        guard state == "approved" else { return .failure(.conventionSigned) }
        return .success(
            ConventionMail(
                firstName: recipient.firstName,
                pupilName: try row.decode("pupil"),
                offerTitle: try row.decode("title"),
                employerName: try row.decode("employer_name"),
                approvedAt: try row.decode("approved_at")
            )
        )
    }
}

/// The statement of the decision notice.
enum DecisionNoticeSQL {
    /// The application with its offer, deleted or not, and what the recipient has to do with it. Of a message no more is
    /// read than a mail shows: it may be of any length.
    static func facts(_ application: Int64, recipient: Int64) -> SQL {
        """
        SELECT a.state, a.approved_at, left(a.answer_message, \(Quotation.scalarLimit + 1)::int) AS message,
            o.title, o.employer_name, s.first_name || ' ' || s.last_name AS pupil,
            s.id = \(recipient) AS is_pupil,
            EXISTS (
                SELECT FROM platform.account t
                WHERE t.id = \(recipient) AND t.kind = 'school_staff' AND t.role = 'main_teacher'
                    AND t.confirmed_at IS NOT NULL AND t.school_id = s.school_id
            ) AS is_teacher
        FROM platform.application a
        JOIN platform.offer o ON o.id = a.offer_id
        JOIN platform.account s ON s.id = a.student_id
        WHERE a.id = \(application)
        """
    }
}
