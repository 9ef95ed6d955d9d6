package import Foundation

/// Sent to the owner of an offer on `application.submitted-notice`. It names no pupil: he is a minor, and the owner reads
/// the application on the platform, signed in.
package struct SubmittedNoticeMail: MailTemplate {
    let firstName: String?
    let offerTitle: String
    let submittedAt: Date
    let expiresAt: Date
    let page: URL?

    /// - Parameters:
    ///   - expiresAt: When the application expires if nobody answers it.
    ///   - page: The page on which owners answer; nil: the mail names none.
    package init(firstName: String?, offerTitle: String, submittedAt: Date, expiresAt: Date, page: URL?) {
        self.firstName = firstName
        self.offerTitle = offerTitle
        self.submittedAt = submittedAt
        self.expiresAt = expiresAt
        self.page = page
    }

    package var subject: String { "Une candidature vous attend, veuillez y répondre" }
    package var preheader: String { "Un élève a candidaté à l'une de vos offres de stage." }

    package var blocks: [MailBlock] {
        [
            .greeting(firstName),
            .paragraph("Un élève a candidaté à l'une de vos offres de stage et attend votre réponse."),
            .facts([
                .offer(offerTitle),
                .init("Candidature reçue le", French.day(submittedAt)),
                .init("Expire sans réponse le", French.moment(expiresAt)),
            ]),
            .paragraph(
                "Vous pouvez l'accepter ou la refuser, avec un message personnel pour l'élève. Sans réponse de votre "
                    + "part, elle expire et compte comme refusée."
            ),
            .answering(at: page),
        ]
    }
}

extension MailBlock {
    /// Where an owner answers applications.
    static func answering(at page: URL?) -> MailBlock {
        .errand(
            "Répondre aux candidatures",
            at: page,
            otherwise: "Pour répondre, connectez-vous à votre compte sur \(Frame.service)."
        )
    }
}
