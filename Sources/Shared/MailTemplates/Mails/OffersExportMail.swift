package import Foundation
package import Platform

/// Sent on `export.offers` when the file is ready. It says for which filters it was made and how many rows it has, an
/// empty one included: nobody should have to open a file to learn that it is empty.
package struct OffersExportMail: MailTemplate {
    package enum Delivery: Sendable, Hashable {
        case attachment
        /// The file was too large for a mail; the link works until `expires`.
        case link(URL, expires: Date)
    }

    let firstName: String?
    let filter: OffersFilter
    let ministryName: String?
    let filename: String
    let rows: Int
    let delivery: Delivery

    package init(
        firstName: String?,
        filter: OffersFilter,
        ministryName: String?,
        filename: String,
        rows: Int,
        delivery: Delivery
    ) {
        self.firstName = firstName
        self.filter = filter
        self.ministryName = ministryName
        self.filename = filename
        self.rows = rows
        self.delivery = delivery
    }

    package var subject: String { "Votre export des offres de stage est prêt" }
    package var preheader: String { count }

    private var count: String {
        switch rows {
        case 0: "Aucune offre ne correspond à votre demande : le fichier ne contient que les titres des colonnes."
        case 1: "Le fichier contient une offre."
        default: "Le fichier contient \(French.number(rows))\u{A0}offres."
        }
    }

    package var blocks: [MailBlock] {
        [
            .greeting(firstName),
            .paragraph("L'export des offres de stage que vous avez demandé est prêt. \(count)"),
            .facts(
                OffersFilterFacts.facts(filter, ministryName: ministryName)
                    + [.init("Nombre d'offres", French.number(rows)), .init("Fichier", filename)]
            ),
        ] + handover + [
            .paragraph(
                "Le fichier peut contenir les coordonnées de tuteurs : ne le transmettez qu'aux personnes qui en ont "
                    + "besoin."
            )
        ]
    }

    private var handover: [MailBlock] {
        switch delivery {
        case .attachment:
            [.paragraph("Vous trouverez le fichier en pièce jointe de ce message.")]
        case .link(let url, let expires):
            [
                .paragraph(
                    "Le fichier est trop volumineux pour être joint à ce message : téléchargez-le avec le lien suivant."
                ),
                .link(label: "Télécharger le fichier", url: url),
                .paragraph(
                    "Ce lien est valable jusqu'au \(French.moment(expires)). Il ouvre le fichier sans mot de passe."
                ),
            ]
        }
    }
}
