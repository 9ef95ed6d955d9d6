/// A column: its heading in the first row and its width.
package struct Column: Sendable, Equatable {
    /// The heading, as shown.
    package var title: String
    /// Width in characters of the default font, as spreadsheets count it; `.csv` has no widths.
    package var width: Double

    /// A column of `width` characters (default 18, which holds a date with its time), at most 255.
    package init(_ title: String, width: Double = 18) {
        self.title = title
        self.width = min(max(width, 1), 255)
    }
}
