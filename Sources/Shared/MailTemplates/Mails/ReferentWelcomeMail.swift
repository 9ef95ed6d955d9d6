package import Foundation
package import Platform

/// Sent on `referent.welcome`: the guide's "message de validation".
package struct ReferentWelcomeMail: MailTemplate {
    /// As what somebody may sign up.
    package enum Role: Sendable, Hashable {
        case departmental(Department)
        case central(ministry: String)
    }

    let role: Role
    let email: String
    let schoolYear: SchoolYear
    let signUp: URL?

    /// - Parameters:
    ///   - email: The address that was authorised, and no other.
    ///   - signUp: The page on which one signs up; nil: the mail names none.
    package init(role: Role, email: String, schoolYear: SchoolYear, signUp: URL?) {
        self.role = role
        self.email = email
        self.schoolYear = schoolYear
        self.signUp = signUp
    }

    package var subject: String {
        switch role {
        case .departmental: "Ouverture de votre accès référent départemental"
        case .central: "Ouverture de votre accès référent central"
        }
    }

    package var preheader: String { "Vous pouvez créer votre compte de référent avec cette adresse électronique." }

    package var blocks: [MailBlock] {
        [
            .greeting(nil),
            .paragraph(
                "Vous êtes désormais \(title) sur \(Frame.service) pour l'année scolaire \(schoolYear.label), et pouvez "
                    + "créer votre compte."
            ),
            .facts(facts),
            .errand(
                "Créer mon compte",
                at: signUp,
                otherwise: "Rendez-vous sur la page d'inscription de \(Frame.service)."
            ),
            .paragraph(
                "L'inscription n'est possible qu'avec l'adresse ci-dessus. Vous recevrez ensuite un message "
                    + "d'activation."
            ),
        ]
    }

    private var title: String {
        switch role {
        case .departmental: "référent départemental"
        case .central: "référent d'administration centrale"
        }
    }

    private var facts: [MailBlock.Fact] {
        let scope =
            switch role {
            case .departmental(let department):
                MailBlock.Fact("Département", "\(department.name) (\(department.code))")
            case .central(let ministry): MailBlock.Fact("Administration", Typography.shortened(ministry))
            }
        return [MailBlock.Fact("Adresse autorisée", email), scope]
    }
}
