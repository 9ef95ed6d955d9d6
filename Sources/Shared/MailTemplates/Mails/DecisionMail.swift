/// Sent to a pupil on `application.decision-notice`, with what the owner of the offer has written to him.
package struct DecisionMail: MailTemplate {
    package enum Decision: Sendable, Hashable {
        case approved, rejected
    }

    let decision: Decision
    let firstName: String?
    let offerTitle: String
    let employerName: String
    let message: Quotation?

    package init(
        decision: Decision,
        firstName: String?,
        offerTitle: String,
        employerName: String,
        message: Quotation?
    ) {
        self.decision = decision
        self.firstName = firstName
        self.offerTitle = offerTitle
        self.employerName = employerName
        self.message = message
    }

    package var subject: String {
        switch decision {
        case .approved: "Une de vos candidatures a été acceptée"
        case .rejected: "Une de vos candidatures n'a pas été retenue"
        }
    }

    package var preheader: String {
        switch decision {
        case .approved: "La prochaine étape est la convention de stage."
        case .rejected: "Vous pouvez candidater à d'autres offres de stage."
        }
    }

    package var blocks: [MailBlock] {
        [
            .greeting(firstName),
            .paragraph(
                decision == .approved
                    ? "Bonne nouvelle : votre candidature à l'offre de stage suivante a été acceptée."
                    : "Votre candidature à l'offre de stage suivante n'a pas été retenue."
            ),
            .facts([.offer(offerTitle), .employer(employerName)]),
        ] + (message.map(words) ?? []) + [.paragraph(next)]
    }

    private func words(_ message: Quotation) -> [MailBlock] {
        [.paragraph("Message qui accompagne cette réponse :"), .quotation(message)]
            + (message.isShortened
                ? [.paragraph("Ce message est plus long : lisez-le en entier sur \(Frame.service).")] : [])
    }

    private var next: String {
        switch decision {
        case .approved:
            "Il reste à remplir et à signer la convention de stage : parlez-en à votre professeur principal et à vos "
                + "responsables légaux."
        case .rejected:
            "Ne vous découragez pas : vous pouvez dès maintenant candidater à d'autres offres sur \(Frame.service)."
        }
    }
}
