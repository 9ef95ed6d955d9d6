/// How many cells of an export hold something else than the platform does, by reason, each cell once. Only numbers: what
/// stood there is nobody's business.
package struct ChangedCells: Codable, Sendable, Hashable {
    /// Days that spreadsheets do not know, written as text.
    package var dates = 0
    /// Texts cut at the 32,767 characters of a cell.
    package var lengths = 0
    /// Texts without the control characters that were in them.
    package var characters = 0
    /// Texts after an apostrophe, because they would run as a formula.
    package var formulas = 0

    package var total: Int { dates + lengths + characters + formulas }

    package init(dates: Int = 0, lengths: Int = 0, characters: Int = 0, formulas: Int = 0) {
        self.dates = dates
        self.lengths = lengths
        self.characters = characters
        self.formulas = formulas
    }
}
