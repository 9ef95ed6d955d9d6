package import Foundation

/// Sent to the owner of offers on `application.reminder`. It says dates and no number of days: what is true of one
/// application is false of the next.
package struct ReminderMail: MailTemplate {
    /// One application.
    package struct Entry: Sendable, Hashable {
        let offerTitle: String
        let submittedAt: Date
        /// When it expires if nobody answers it; of an expired one, when it did.
        let expiresAt: Date

        package init(offerTitle: String, submittedAt: Date, expiresAt: Date) {
            self.offerTitle = offerTitle
            self.submittedAt = submittedAt
            self.expiresAt = expiresAt
        }
    }

    /// The oldest of them, and how many there are.
    package struct List: Sendable, Hashable {
        let entries: [Entry]
        let total: Int

        package init(entries: [Entry], total: Int) {
            self.entries = entries
            self.total = total
        }
    }

    /// The most applications that a list shows: a mail of thousands is cut off by those who show it.
    package static let limit = 500

    let firstName: String?
    let waiting: List
    let expired: List
    let page: URL?

    /// nil: there is nothing to say.
    /// - Parameter page: The page on which owners answer; nil: the mail names none.
    package init?(firstName: String?, waiting: List, expired: List, page: URL?) {
        guard !waiting.entries.isEmpty || !expired.entries.isEmpty else { return nil }
        self.firstName = firstName
        self.waiting = waiting
        self.expired = expired
        self.page = page
    }

    package var subject: String {
        waiting.entries.isEmpty
            ? "Des candidatures ont expiré sans votre réponse" : "Candidatures en attente, veuillez y répondre"
    }

    package var preheader: String { waiting.entries.isEmpty ? expiredWords : waitingWords }

    package var blocks: [MailBlock] {
        [.greeting(firstName)] + waitingBlocks + expiredBlocks
    }

    private var waitingWords: String {
        waiting.total == 1
            ? "Une candidature attend votre réponse."
            : "\(French.number(waiting.total))\u{A0}candidatures attendent votre réponse."
    }

    private var expiredWords: String {
        expired.total == 1
            ? "Une candidature a expiré sans réponse de votre part."
            : "\(French.number(expired.total))\u{A0}candidatures ont expiré sans réponse de votre part."
    }

    private var waitingBlocks: [MailBlock] {
        guard !waiting.entries.isEmpty else { return [] }
        return [
            .paragraph(
                waitingWords + " Sans réponse, une candidature expire à la date indiquée et compte comme refusée."
            ),
            .facts(waiting.entries.map { fact($0, "expire le \(French.moment($0.expiresAt))") }),
        ] + rest(of: waiting) + [.answering(at: page)]
    }

    private var expiredBlocks: [MailBlock] {
        guard !expired.entries.isEmpty else { return [] }
        return [
            .paragraph(
                expiredWords + (expired.total == 1 ? " Elle compte comme refusée." : " Elles comptent comme refusées.")
            ),
            .facts(expired.entries.map { fact($0, "expirée le \(French.day($0.expiresAt))") }),
        ] + rest(of: expired)
    }

    private func fact(_ entry: Entry, _ end: String) -> MailBlock.Fact {
        MailBlock.Fact(
            Typography.quoted(entry.offerTitle),
            "candidature reçue le \(French.day(entry.submittedAt)), \(end)"
        )
    }

    private func rest(of list: List) -> [MailBlock] {
        let missing = list.total - list.entries.count
        guard missing > 0 else { return [] }
        return [
            .paragraph(
                "Cette liste s'arrête aux plus anciennes ; \(French.number(missing)) de plus se trouvent sur "
                    + "\(Frame.service)."
            )
        ]
    }
}
