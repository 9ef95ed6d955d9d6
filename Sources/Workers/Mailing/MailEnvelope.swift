import Foundation
import JobEngine
import Mail
import MailTemplates

/// What every mail of the platform has in common: its sender, where answers go, and the domain of its identity.
struct MailEnvelope: Sendable {
    /// What mailboxes show in the place of the sender's address.
    static let senderName = "Mon stage de 3e"

    let sender: MailAddress
    let replyTo: MailAddress?
    /// The domain of Message-IDs.
    let domain: String

    /// The message of a job. Its identity is a function of the job, so that all attempts of a job carry the same one.
    func message(
        _ content: MailContent,
        to recipient: MailAddress,
        attachment: Attachment?,
        job: JobID,
        date: Date
    ) throws -> MailMessage {
        MailMessage(
            from: sender,
            to: recipient,
            replyTo: replyTo,
            subject: try HeaderText(content.subject, field: "subject"),
            date: date,
            messageID: try MessageID(local: job.description, domain: domain),
            text: content.text,
            html: content.html,
            attachment: attachment
        )
    }
}
