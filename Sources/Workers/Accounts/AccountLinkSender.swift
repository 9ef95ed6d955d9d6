import Foundation
import JobEngine
import MailTemplates
import Platform
import Postgres

/// Sends an account a link that carries a token: the steps that activation and password reset share.
struct AccountLinkSender: Sendable {
    let mailer: JobMailer
    let secret: SigningSecret
    let template: LinkTemplate
    let purpose: AccountToken.Purpose

    /// Looks the account up, stores the token's hash and sends the mail that `content` makes of recipient and link.
    /// `isPointless` answers why the mail is no longer worth sending, or nil.
    ///
    /// A job without an account is one whose identifier nobody has: it takes the same way to its end.
    func send(
        to accountID: Int64?,
        for context: JobContext,
        unless isPointless: @Sendable (AccountRecipient) -> String?,
        content: @Sendable (AccountRecipient, URL) throws -> MailContent
    ) async throws -> JobOutcome {
        let found = try await AccountRecipient.find(accountID ?? 0, in: context.database)
        guard let accountID else { return .obsolete(because: "unknown-identifier") }
        guard let recipient = found else { return .obsolete(because: "account-gone") }
        if let reason = recipient.obstacle ?? isPointless(recipient) {
            return .obsolete(because: reason)
        }
        guard let address = recipient.address else { return .obsolete(because: "invalid-address") }
        let token = AccountToken(purpose, job: context.job.id, secret: secret)
        // Before the mail, and fenced: a link must work when it arrives, and only the holder of the claim may replace
        // the link of another mail.
        let isStored = try await context.transaction { connection in
            try await connection.execute(token.store(account: accountID, job: context.job.id)) == 1
        }
        guard isStored else { return .obsolete(because: "superseded") }
        return try await mailer.deliver(
            try content(recipient, try template.link(token)),
            to: address,
            for: context,
            ifUnknown: .sendAgain
        )
    }
}
