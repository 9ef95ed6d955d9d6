package import Foundation
import Platform

/// Sent on `account.password-reset`.
package struct PasswordResetMail: MailTemplate {
    let firstName: String?
    let link: URL

    package init(firstName: String?, link: URL) {
        self.firstName = firstName
        self.link = link
    }

    package var subject: String { "Réinitialisation de votre mot de passe" }
    package var preheader: String { "Choisissez un nouveau mot de passe avec le lien de ce message." }

    package var blocks: [MailBlock] {
        let lifetime = French.span(AccountToken.Purpose.passwordReset.lifetime)
        return [
            .greeting(firstName),
            .paragraph(
                "Vous avez demandé à changer le mot de passe de votre compte sur \(Frame.service). Choisissez-en un "
                    + "nouveau avec le lien suivant."
            ),
            .link(label: "Choisir un nouveau mot de passe", url: link),
            .paragraph("Ce lien est valable \(lifetime) et ne sert qu'une fois."),
            .paragraph(
                "Si vous n'avez rien demandé, ignorez ce message : votre mot de passe actuel reste valable et "
                    + "personne d'autre n'a reçu ce lien."
            ),
        ]
    }
}
