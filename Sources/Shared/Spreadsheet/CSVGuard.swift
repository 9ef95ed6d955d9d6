/// What stands before a text in a `.csv`, which has no types: without it the programs that open the file with a double click
/// would make something else of the text.
enum CSVGuard {
    case none
    /// Digits would become a number or a day: `0612345678` loses its zero, `+33612345678` its plus, `3/4` is the third of
    /// April. After a tab they are text for Excel and LibreOffice, neither shows the tab, and it goes with any trimming.
    /// A space or a no-break space does not keep LibreOffice from seeing a number, an invisible U+200B or U+2060 is copied
    /// along with a phone, and `="06…"` is itself a formula. Should a program drop the tab, there is nothing to run:
    /// without a letter there is no function, no cell and no command.
    case tab
    /// A formula (CWE-1236) would run, or show an error in place of the text. An apostrophe is what every spreadsheet takes
    /// for the beginning of a text; it is visible, so nothing else gets one.
    case apostrophe

    init(for text: String) {
        var digits = 0
        var isPlain = true
        for scalar in text.unicodeScalars {
            switch scalar {
            case "0"..."9": digits += 1
            case "+", "-", ".", ",", "/", "(", ")", " ", "\u{A0}", "\u{202F}": isPlain = false
            default:
                self = Self.beginsFormula(text) ? .apostrophe : .none
                return
            }
        }
        // Shown as it is by whoever takes it for a number: they keep 15 digits.
        let isShownAsItIs = isPlain && digits <= 15 && (digits == 1 || !text.hasPrefix("0"))
        self = digits == 0 || isShownAsItIs ? .none : .tab
    }

    /// What OWASP lists as the start of a formula ("CSV injection"); blanks, because some programs drop them, and the
    /// full-width signs, because Japanese ones take them for the plain ones.
    private static func beginsFormula(_ text: String) -> Bool {
        switch text.unicodeScalars.first {
        case "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": true
        default: false
        }
    }
}
