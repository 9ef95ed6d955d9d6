import Foundation
import JobEngine
import Mail
import MailTemplates
import Platform
import Postgres

/// Sends an account what proves that its holder reads its mail or its telephone: a link by mail, or a code by SMS to an
/// account that has only a number. The steps that activation and password reset share.
struct AccountMessageSender: Sendable {
    let mailer: JobMailer
    let texter: JobTexter
    let secret: SigningSecret
    let template: LinkTemplate
    let purpose: AccountToken.Purpose

    /// Looks the account up, stores the token's hash and sends the mail that `content` makes of recipient and link, or
    /// the code. `isPointless` answers why the message is no longer worth sending, or nil.
    ///
    /// A job without an account is one whose identifier nobody has: it takes the same way to its end.
    func send(
        to accountID: Int64?,
        for context: JobContext,
        unless isPointless: @Sendable (AccountRecipient) -> String?,
        content: @Sendable (AccountRecipient, URL) throws -> MailContent
    ) async throws -> JobOutcome {
        let found = try await AccountHolder.find(accountID ?? 0, in: context.database)
        guard let accountID else { return .obsolete(because: "unknown-identifier") }
        guard let holder = found else { return .obsolete(because: "account-gone") }
        if let reason = holder.obstacle ?? isPointless(holder.person) {
            return .obsolete(because: reason)
        }
        switch holder.way {
        case .mail(let address):
            let token = AccountToken(purpose, job: context.job.id, secret: secret)
            let record = TokenRecord(token, account: accountID, job: context.job.id)
            if let refusal = try await keep(record, for: context) { return refusal }
            return try await mailer.deliver(
                try content(holder.person, try template.link(token)),
                to: address,
                for: context,
                ifUnknown: .sendAgain
            )
        case .text(let number):
            if let refusal = texter.refusal { return refusal }
            let code = AccountCode(purpose, job: context.job.id, secret: secret)
            let record = TokenRecord(code, account: accountID, job: context.job.id)
            if let refusal = try await keep(record, for: context) { return refusal }
            return try await texter.deliver(CodeText(code).text, to: number, for: context)
        case nil:
            return .obsolete(because: "no-address")
        }
    }

    /// Before the message, and fenced: a link must work when it arrives, and only the holder of the claim may replace the
    /// link of another mail. nil: the message may go out.
    private func keep(_ record: TokenRecord, for context: JobContext) async throws -> JobOutcome? {
        let verdict = try await context.transaction { try await record.keep(on: $0) }
        return switch verdict {
        case .kept: nil
        case .throttled: .obsolete(because: "throttled")
        case .superseded: .obsolete(because: "superseded")
        }
    }
}
