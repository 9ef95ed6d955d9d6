/// The spaces that French typography wants, and the characters that no mail may carry. In one place, so that the mails
/// themselves are written with plain spaces.
enum Typography {
    static let noBreakSpace: Character = "\u{A0}"

    /// `text` cleaned, with no-break spaces before `:` `;` `?` `!` `»` and after `«`.
    static func typeset(_ text: String) -> String {
        let characters = Array(clean(text))
        var result = ""
        for (index, character) in characters.enumerated() {
            let previous = index > 0 ? characters[index - 1] : nil
            let next = index + 1 < characters.count ? characters[index + 1] : nil
            let isTied = previous == "«" || next.map { ":;?!»".contains($0) } ?? false
            result.append(character == " " && isTied ? noBreakSpace : character)
        }
        return result
    }

    /// Line breaks and runs of blanks become one space, and characters that show nothing are left out: a title with
    /// line breaks could forge lines of the text part, one with a direction override could turn the sentence around it.
    static func clean(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .format, .surrogate, .privateUse, .unassigned: continue
            case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
            default: scalars.append(scalar)
            }
        }
        // Split at the plain space only: a no-break space was meant.
        return String(scalars).split(separator: " ").joined(separator: " ")
    }

    /// A title in its quotation marks.
    static func quoted(_ title: String) -> String { "« \(shortened(title)) »" }

    /// `text` cleaned and on one line, at most `limit` characters long: what people type may be of any length, and a list
    /// repeats it.
    static func shortened(_ text: String, to limit: Int = 150) -> String {
        // A character may be made of any number of marks, which would have no end either.
        let bounded = clean(String(text.unicodeScalars.prefix(4 * limit)))
        return bounded.count > limit ? bounded.prefix(limit - 1) + "…" : bounded
    }
}
