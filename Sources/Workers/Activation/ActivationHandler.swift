import JobEngine
import MailTemplates
import Platform

/// `account.activation`: the link or code that activates an account, for the first time or again.
struct ActivationHandler: JobHandler {
    let sender: AccountMessageSender

    func perform(_ arguments: AccountActivation, in context: JobContext) async throws -> JobOutcome {
        try await sender.send(to: arguments.accountID, for: context) { recipient in
            recipient.isConfirmed ? "already-active" : nil
        } content: { recipient, link in
            try ActivationMail(firstName: recipient.firstName, link: link).content()
        }
    }
}
