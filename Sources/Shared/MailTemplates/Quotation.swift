/// What a person has written, as a mail may show it: cleaned line by line, with his line breaks, and bounded.
package struct Quotation: Sendable, Hashable {
    /// The most characters that are shown.
    package static let limit = 2_000
    /// The most Unicode scalars that are looked at: a character may be made of any number of them.
    package static let scalarLimit = 4 * limit

    package let lines: [String]
    /// Whether there was more than is shown.
    package let isShortened: Bool

    /// nil: there is nothing to show.
    package init?(_ text: String?) {
        let scalars = (text ?? "").unicodeScalars
        var lines = String(scalars.prefix(Self.scalarLimit))
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { Typography.clean(String($0)) }
        lines = Array(lines.drop(while: \.isEmpty))
        while lines.last?.isEmpty == true { lines.removeLast() }
        guard !lines.isEmpty else { return nil }
        let whole = lines.joined(separator: "\n")
        isShortened = whole.count > Self.limit || scalars.count > Self.scalarLimit
        let shown = isShortened ? whole.prefix(Self.limit - 1) + "…" : whole[...]
        self.lines = shown.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
