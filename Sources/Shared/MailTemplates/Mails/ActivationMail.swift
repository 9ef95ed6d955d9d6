package import Foundation
import Platform

/// Sent on `account.activation`.
package struct ActivationMail: MailTemplate {
    let firstName: String?
    let link: URL

    package init(firstName: String?, link: URL) {
        self.firstName = firstName
        self.link = link
    }

    package var subject: String { "Plus qu'une étape pour activer votre compte" }
    package var preheader: String { "Confirmez votre adresse électronique avec le lien de ce message." }

    package var blocks: [MailBlock] {
        let lifetime = French.span(AccountToken.Purpose.activation.lifetime)
        return [
            .greeting(firstName),
            .paragraph(
                "Votre compte sur \(Frame.service) est presque prêt : il ne reste qu'à confirmer votre adresse "
                    + "électronique."
            ),
            .link(label: "Activer mon compte", url: link),
            .paragraph(
                "Ce lien est valable \(lifetime). Passé ce délai, demandez un nouveau message d'activation depuis la "
                    + "page de connexion."
            ),
            .paragraph("Si vous n'avez pas créé de compte, ignorez ce message : aucun compte ne sera activé."),
        ]
    }
}
