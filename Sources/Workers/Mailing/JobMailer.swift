import Foundation
import JobEngine
import Logging
import Mail
import MailTemplates
import Postgres

/// Sends the mail of a job, once: the hand-over is committed before the final dot leaves, the answer together with the
/// end of the job, and a mail that an earlier attempt handed over without an answer follows the policy of its kind.
struct JobMailer: Sendable {
    /// What a kind wants when nobody can tell whether its mail was delivered.
    enum IfUnknown: Sendable {
        /// Somebody waits for it, and a second copy with the same link and Message-ID does no harm.
        case sendAgain
        /// A second copy would worry its reader more than a missing one.
        case leave
    }

    private let mailer: Mailer
    private let envelope: MailEnvelope

    init(mailer: Mailer, envelope: MailEnvelope) {
        self.mailer = mailer
        self.envelope = envelope
    }

    /// What goes in the place of a mail whose size the server refuses, and what the job then keeps.
    struct Smaller: Sendable {
        let content: MailContent
        let result: JSON?
    }

    /// Sends `content` to `recipient` and answers how the job ends. `result` is what the job keeps when it is done;
    /// `writes` commit together with its end once the server has accepted the mail.
    ///
    /// A server that does not take the size gets `smaller` at once, without attachment and in the same attempt: as the same
    /// mail, with the same Message-ID, for what was refused was not delivered.
    func deliver(
        _ content: MailContent,
        to recipient: MailAddress,
        attachment: Attachment? = nil,
        for context: JobContext,
        ifUnknown policy: IfUnknown,
        result: JSON? = nil,
        ifTooLarge smaller: Smaller? = nil,
        committing writes: (@Sendable (PostgresConnection) async throws -> Void)? = nil
    ) async throws -> JobOutcome {
        if policy == .leave, try await context.previousHandover() != nil {
            return .done(result: result, mail: MailAnswer(.unknown))
        }
        let message = try envelope.message(
            content,
            to: recipient,
            attachment: attachment,
            job: context.job.id,
            date: context.job.claimedAt
        )
        let reply: SMTPReply
        do {
            reply = try await mailer.send(message) {
                try await context.handOver(messageID: message.messageID.description)
            }
        } catch let error as MailError where error.isAboutSize {
            guard let smaller else {
                return try await outcome(of: error, for: context, ifUnknown: policy, result: result)
            }
            try await withdraw(context)
            context.logger.notice(
                "The mail server refuses the size of a mail; it goes without its attachment",
                metadata: [LogKey.reason: "\(error)"]
            )
            return try await deliver(
                smaller.content,
                to: recipient,
                for: context,
                ifUnknown: policy,
                result: smaller.result,
                committing: writes
            )
        } catch let error as MailError {
            return try await outcome(of: error, for: context, ifUnknown: policy, result: result)
        } catch {
            // Nothing was delivered, yet the hand-over may be committed, for instance by a stop just after it.
            // Left there it would count as unknown, and a kind that sends once would never send.
            try await withdraw(context)
            throw error
        }
        CrashPoint.mailAccepted.pass()
        let done = JobOutcome.done(
            result: result,
            mail: MailAnswer(.accepted, code: reply.code, enhanced: reply.enhanced)
        )
        guard let writes else { return done }
        // In a task of its own: a cancelled one would not write, and a mail that is out would be sent again.
        return try await Task { try await context.finish(done, writes) }.value
    }

    private func outcome(
        of error: MailError,
        for context: JobContext,
        ifUnknown policy: IfUnknown,
        result: JSON?
    ) async throws -> JobOutcome {
        switch error.kind {
        case .permanent:
            try await withdraw(context)
            return .discard(because: error.description)
        case .transient:
            try await withdraw(context)
            return .retry(because: error.description)
        case .unknown where policy == .leave:
            return .done(result: result, mail: MailAnswer(.unknown))
        case .unknown:
            return .retry(because: error.description)
        }
    }

    /// Takes the hand-over back, also when the job is being cancelled: the mail is known not to be delivered.
    private func withdraw(_ context: JobContext) async throws {
        try await Task { try await context.withdrawHandover() }.value
    }
}
