package import Foundation

/// Sent on `application.decision-notice` to a main teacher of the pupil's school, after an approval. What the owner has
/// written to the pupil is for the pupil.
package struct ConventionMail: MailTemplate {
    let firstName: String?
    let pupilName: String
    let offerTitle: String
    let employerName: String
    let approvedAt: Date

    package init(firstName: String?, pupilName: String, offerTitle: String, employerName: String, approvedAt: Date) {
        self.firstName = firstName
        self.pupilName = pupilName
        self.offerTitle = offerTitle
        self.employerName = employerName
        self.approvedAt = approvedAt
    }

    package var subject: String { "Une convention de stage à remplir vous attend" }
    package var preheader: String { "La candidature d'un élève de votre établissement a été acceptée." }

    /// Some accounts have no name.
    private var pupil: [MailBlock.Fact] {
        let name = Typography.shortened(pupilName)
        return name.isEmpty ? [] : [.init("Élève", name)]
    }

    package var blocks: [MailBlock] {
        [
            .greeting(firstName),
            .paragraph(
                "La candidature d'un élève de votre établissement a été acceptée. Vous pouvez préparer la convention de "
                    + "stage."
            ),
            .facts(
                pupil + [
                    .offer(offerTitle),
                    .employer(employerName),
                    .init("Acceptée le", French.day(approvedAt)),
                ]
            ),
            .paragraph(
                "La convention est signée par l'établissement, la structure d'accueil, l'élève et ses responsables "
                    + "légaux avant le début du stage."
            ),
        ]
    }
}
