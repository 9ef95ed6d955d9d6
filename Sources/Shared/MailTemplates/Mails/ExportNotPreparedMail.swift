package import Platform

/// Sent when a requested export will not come: one plain mail that says why and what can be done.
package struct ExportNotPreparedMail: MailTemplate {
    package enum Reason: Sendable, Hashable, CaseIterable {
        /// The account's rights changed between the request and the work.
        case outOfScope
        /// More rows than an .xlsx sheet holds.
        case tooManyRows
        /// All attempts failed.
        case failed
        /// An operator ended the job.
        case cancelled

        /// Why a refused request gets a mail; nil when there is nobody left to write to.
        package init?(_ refusal: AccountScope.Refusal) {
            switch refusal {
            case .requesterGone: return nil
            case .notEntitled, .otherDepartment, .otherMinistry: self = .outOfScope
            }
        }
    }

    let firstName: String?
    let words: ExportWords
    let facts: [MailBlock.Fact]
    let reason: Reason

    package init<Export: MailedExport>(firstName: String?, export: Export, ministryName: String?, reason: Reason) {
        self.firstName = firstName
        words = Export.words
        facts = export.facts(ministryName: ministryName)
        self.reason = reason
    }

    package var subject: String { "Votre export n'a pas pu être préparé" }
    package var preheader: String { explanation }

    private var explanation: String {
        switch reason {
        case .outOfScope:
            "Les droits de votre compte ne permettent pas, ou ne permettent plus, de demander cet export."
        case .tooManyRows:
            "Le fichier dépasserait le nombre de lignes qu'une feuille .xlsx peut contenir."
        case .failed:
            "Un incident technique nous a empêchés de préparer le fichier."
        case .cancelled:
            "La préparation du fichier a été arrêtée avant sa fin."
        }
    }

    private var advice: String {
        switch reason {
        case .outOfScope:
            "Si votre département ou votre ministère a changé, demandez un nouvel export depuis votre compte."
        case .tooManyRows:
            "Demandez le même export au format .csv, ou limitez-le à un département ou à une académie."
        case .failed, .cancelled:
            "Vous pouvez demander à nouveau cet export depuis votre compte. Si l'incident se reproduit, écrivez à "
                + "l'assistance."
        }
    }

    package var blocks: [MailBlock] {
        [
            .greeting(firstName),
            .paragraph("\(words.name) que vous avez demandé n'a pas pu être préparé. \(explanation)"),
            .facts(facts),
            .paragraph(advice),
        ]
    }
}
