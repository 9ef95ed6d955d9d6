/// The spaces that French typography wants, and the characters that no mail may carry. In one place, so that the mails
/// themselves are written with plain spaces.
enum Typography {
    static let noBreakSpace: Character = "\u{A0}"

    /// `text` cleaned, with no-break spaces before `:` `;` `?` `!` `»` and after `«`.
    static func typeset(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        // Held back until it is known what follows; a cleaned text has no two spaces, and none at its ends.
        var holdsSpace = false
        for scalar in clean(text).unicodeScalars {
            if scalar == " " {
                holdsSpace = true
                continue
            }
            if holdsSpace { result.append(previous == "«" || isTied(scalar) ? "\u{A0}" : " ") }
            holdsSpace = false
            result.append(scalar)
            previous = scalar
        }
        return String(result)
    }

    /// Whether it follows its word without a line break in between.
    private static func isTied(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ":", ";", "?", "!", "»": true
        default: false
        }
    }

    /// Line breaks and runs of blanks become one space, and characters that show nothing are left out: a title with
    /// line breaks could forge lines of the text part, one with a direction override could turn the sentence around it.
    static func clean(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        // At the plain space only: a no-break space was meant.
        var holdsSpace = false
        for scalar in text.unicodeScalars {
            guard let shown = shown(scalar) else { continue }
            if shown == " " {
                holdsSpace = !scalars.isEmpty
                continue
            }
            if holdsSpace { scalars.append(" ") }
            holdsSpace = false
            scalars.append(shown)
        }
        return String(scalars)
    }

    /// What stands for a character; nil: nothing. Most characters are plain, and Unicode's tables are asked for the
    /// others only: mails are sent by the hundred thousand.
    private static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        if (0x20..<0x7F).contains(scalar.value) { return scalar }
        return switch scalar.properties.generalCategory {
        case .format, .surrogate, .privateUse, .unassigned: nil
        case .control, .lineSeparator, .paragraphSeparator: " "
        default: scalar
        }
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
