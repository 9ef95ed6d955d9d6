import Foundation
import JobEngine
import Mail
import MailTemplates
import Platform
import Postgres

/// How a file reaches whoever asked for it: attached, or announced by a link when it is too large for a mail, or for the
/// mail server.
struct ExportDelivery: Sendable {
    let mailer: JobMailer
    private let links: ExportLinks
    private let attachmentLimit: Int

    /// Most mail servers refuse messages over 10 MiB, and base64 makes a third more of a file.
    static let usualAttachmentLimit = 7 * 1024 * 1024

    /// - Parameter attachmentLimit: the most bytes that are attached; a larger file is announced by a link.
    init(mailer: JobMailer, links: ExportLinks, attachmentLimit: Int = usualAttachmentLimit) {
        self.mailer = mailer
        self.links = links
        self.attachmentLimit = attachmentLimit
    }

    /// Whether a file of so many bytes is attached.
    func attaches(_ bytes: Int) -> Bool { bytes <= attachmentLimit }

    /// What the job keeps of what it sent.
    private struct Result: Encodable {
        enum Delivery: String, Encodable {
            case attachment, link
        }

        let file: String
        let rows: Int
        let bytes: Int
        let delivery: Delivery

        init(_ export: ExportFile, _ delivery: Delivery) {
            (file, rows, bytes) = (export.name, export.rows, export.bytes)
            self.delivery = delivery
        }
    }

    /// Sends a stored file and ends the job with it.
    /// - Parameters:
    ///   - id: the file's id in `delivery.file`.
    ///   - writes: commit together with the end of the job, once the server has accepted the mail.
    func send<Export: MailedExport>(
        _ file: ExportFile,
        id: UUID,
        linkExpires: Date,
        of export: Export,
        to recipient: AccountRecipient,
        ministryName: String?,
        in context: JobContext,
        committing writes: (@Sendable (PostgresConnection) async throws -> Void)? = nil
    ) async throws -> JobOutcome {
        guard let address = recipient.address else {
            return .obsolete(because: recipient.obstacle ?? AccountScope.Refusal.requesterGone.rawValue)
        }
        func content(_ delivery: ExportMail.Delivery) throws -> MailContent {
            try ExportMail(
                firstName: recipient.firstName,
                export: export,
                ministryName: ministryName,
                filename: file.name,
                rows: file.rows,
                changed: file.changed,
                delivery: delivery
            )
            .content()
        }
        let announced = JobMailer.Smaller(
            content: try content(.link(try links.url(file: id, expires: linkExpires), expires: linkExpires)),
            result: try JSON(encoding: Result(file, .link))
        )
        guard attaches(file.bytes) else {
            return try await mailer.deliver(
                announced.content,
                to: address,
                for: context,
                ifUnknown: .sendAgain,
                result: announced.result,
                committing: writes
            )
        }
        return try await mailer.deliver(
            try content(.attachment),
            to: address,
            attachment: try file.attachment,
            for: context,
            ifUnknown: .sendAgain,
            result: try JSON(encoding: Result(file, .attachment)),
            ifTooLarge: announced,
            committing: writes
        )
    }
}

// MARK: - Refusing

extension ExportDelivery {
    /// Ends a job whose requester may not have the file, with one plain mail unless he is gone.
    func refuse<Export: MailedExport>(
        _ export: Export,
        _ refusal: AccountScope.Refusal,
        to requester: ExportRequester<Export>,
        in context: JobContext
    ) async throws -> JobOutcome {
        guard let reason = ExportNotPreparedMail.Reason(refusal) else { return .obsolete(because: refusal.rawValue) }
        return try await giveUp(reason, refusal.rawValue, on: export, to: requester, in: context)
    }

    /// Ends the job without a file, with one plain mail that says why to whoever can still be reached.
    func giveUp<Export: MailedExport>(
        _ reason: ExportNotPreparedMail.Reason,
        _ word: String,
        on export: Export,
        to requester: ExportRequester<Export>,
        in context: JobContext
    ) async throws -> JobOutcome {
        guard let recipient = requester.recipient, recipient.obstacle == nil, let address = recipient.address else {
            return .obsolete(because: word)
        }
        let mail = ExportNotPreparedMail(
            firstName: recipient.firstName,
            export: export,
            ministryName: requester.ministryName,
            reason: reason
        )
        switch try await mailer.deliver(try mail.content(), to: address, for: context, ifUnknown: .sendAgain) {
        case .retry(let delay, let reason): return .retry(after: delay, because: reason)
        case .done(_, let answer): return .obsolete(because: word, mail: answer)
        // Refused for good: the export is not made either way.
        default: return .obsolete(because: word)
        }
    }
}

extension ExportFile {
    fileprivate var attachment: Attachment {
        get throws {
            // Without parameters, which a part's header does not take.
            try Attachment(
                file: url,
                filename: name,
                contentType: String(format.contentType.prefix { $0 != ";" })
            )
        }
    }
}
