/// Why a cell of the file is not what the row said.
package enum CellChange: Sendable, CaseIterable {
    /// A day that spreadsheets do not know stands there as text.
    case date
    /// The text is cut at what a cell holds.
    case length
    /// Characters that no spreadsheet takes are left out.
    case characters
    /// The text would run as a formula: an apostrophe stands before it.
    case formula
}
