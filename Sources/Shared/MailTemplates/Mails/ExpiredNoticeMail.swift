package import Foundation

/// Sent to a pupil on `application.expired-notice`. It names no number of days: the limit is configured, and the pupil
/// needs the date on which he applied.
package struct ExpiredNoticeMail: MailTemplate {
    let firstName: String?
    let offerTitle: String
    let employerName: String
    let submittedAt: Date

    package init(firstName: String?, offerTitle: String, employerName: String, submittedAt: Date) {
        self.firstName = firstName
        self.offerTitle = offerTitle
        self.employerName = employerName
        self.submittedAt = submittedAt
    }

    package var subject: String { "Une de vos candidatures a expiré sans réponse" }
    package var preheader: String { "Vous pouvez candidater à d'autres offres de stage." }

    package var blocks: [MailBlock] {
        [
            .greeting(firstName),
            .paragraph(
                "Une de vos candidatures n'a pas reçu de réponse dans le délai prévu. Elle a donc expiré et compte "
                    + "comme refusée."
            ),
            .facts([
                .offer(offerTitle),
                .employer(employerName),
                .init("Candidature envoyée le", French.day(submittedAt)),
            ]),
            .paragraph(
                "Cette absence de réponse ne dit rien de la qualité de votre candidature. Vous pouvez dès maintenant "
                    + "candidater à d'autres offres sur \(Frame.service)."
            ),
        ]
    }
}
