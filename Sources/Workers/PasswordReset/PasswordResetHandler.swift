import JobEngine
import MailTemplates
import Platform

/// `account.password-reset`: the link or code with which somebody chooses a new password.
struct PasswordResetHandler: JobHandler {
    let sender: AccountMessageSender

    func perform(_ arguments: PasswordReset, in context: JobContext) async throws -> JobOutcome {
        try await sender.send(to: arguments.accountID, for: context) { _ in
            nil
        } content: { recipient, link in
            try PasswordResetMail(firstName: recipient.firstName, link: link).content()
        }
    }
}
