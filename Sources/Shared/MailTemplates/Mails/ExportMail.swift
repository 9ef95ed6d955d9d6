package import Foundation
package import Platform

/// Sent when an export is ready. It says for which filters the file was made and how many rows it has, an empty one
/// included, and how many of its cells are not what the platform shows.
package struct ExportMail: MailTemplate {
    package enum Delivery: Sendable, Hashable {
        case attachment
        /// The file was too large for a mail; the link works until `expires`.
        case link(URL, expires: Date)
    }

    let firstName: String?
    let words: ExportWords
    let facts: [MailBlock.Fact]
    let filename: String
    let rows: Int
    let changed: ChangedCells
    let delivery: Delivery

    package init<Export: MailedExport>(
        firstName: String?,
        export: Export,
        ministryName: String?,
        filename: String,
        rows: Int,
        changed: ChangedCells,
        delivery: Delivery
    ) {
        self.firstName = firstName
        words = Export.words
        facts = export.facts(ministryName: ministryName)
        self.filename = filename
        self.rows = rows
        self.changed = changed
        self.delivery = delivery
    }

    package var subject: String { words.subject }
    package var preheader: String { words.count(rows) }

    package var blocks: [MailBlock] {
        [
            .greeting(firstName),
            .paragraph("\(words.name) que vous avez demandé est prêt. \(words.count(rows))"),
            .facts(facts + [.init(words.label, French.number(rows)), .init("Fichier", filename)]),
        ] + paragraph(changed.sentence) + handover + paragraph(words.caution)
    }

    private func paragraph(_ text: String?) -> [MailBlock] { text.map { [.paragraph($0)] } ?? [] }

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
