package import Platform

/// An export as its mails speak of it.
package protocol MailedExport: ExportArguments {
    static var words: ExportWords { get }
    /// All filters that were set, and where none was, that there is none.
    /// - Parameter ministryName: the name of ``ExportArguments/ministry``.
    func facts(ministryName: String?) -> [MailBlock.Fact]
}

/// What differs between the mails of the exports.
package struct ExportWords: Sendable, Hashable {
    /// The subject of the mail that brings the file.
    let subject: String
    /// The beginning of "… que vous avez demandé": a masculine singular.
    let name: String
    /// The beginning of "… ne correspond à votre demande".
    let none: String
    let one: String
    /// After a number.
    let many: String
    /// What the number of rows counts.
    let label: String
    /// A last paragraph about what the file holds.
    let caution: String?

    /// How much the file holds. An empty one says so: nobody should have to open a file to learn that it is empty.
    func count(_ rows: Int) -> String {
        switch rows {
        case 0: "\(none) ne correspond à votre demande : le fichier ne contient que les titres des colonnes."
        case 1: "Le fichier contient \(one)."
        default: "Le fichier contient \(French.number(rows))\u{A0}\(many)."
        }
    }
}
