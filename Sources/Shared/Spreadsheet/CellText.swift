/// Makes text fit a cell: what XML forbids goes from both formats, so that they say the same; what is too long for an
/// `.xlsx` cell is cut; the rest stays as it is.
enum CellText {
    /// Excel's limit. It counts UTF-16, libxlsxwriter counts code points and refuses what is longer, so a text
    /// within this limit passes both.
    static let maximumLength = 32_767

    static func forXLSX(_ text: String) -> (text: String, change: CellChange?) {
        if isPlain(text) { return (text, nil) }
        var result = String.UnicodeScalarView()
        var change: CellChange?
        var length = 0
        var previousWasReturn = false
        let scalars = text.unicodeScalars
        for index in scalars.indices {
            var scalar = scalars[index]
            // Spreadsheets break a line with LF alone. libxlsxwriter would store a CR as the characters
            // `_x000D_`, which most other readers then show.
            let followsReturn = previousWasReturn
            previousWasReturn = scalar == "\r"
            if scalar == "\n" && followsReturn { continue }
            if scalar == "\r" { scalar = "\n" }
            guard isAllowed(scalar) else {
                change = .characters
                continue
            }
            // `_x0041_` in a file means "A": a text that really says so needs its first underscore escaped.
            let escapes = scalar == "_" && beginsEscape(scalars[index...])
            let units = escapes ? escapedUnderscore.count : UTF16.width(scalar)
            if length + units > maximumLength {
                change = .length
                break
            }
            length += units
            if escapes { result.append(contentsOf: escapedUnderscore) } else { result.append(scalar) }
        }
        return (String(result), change)
    }

    /// The text without what XML forbids; nil: it holds none of it. For `.csv`, where NUL would also end the text for many
    /// readers and move the rest of the file into one cell.
    static func withoutForbidden(_ text: String) -> String? {
        // 0xEF opens U+FFFE and U+FFFF, and much that is allowed.
        let isSuspect = text.utf8.contains { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D || $0 == 0xEF }
        guard isSuspect, !text.unicodeScalars.allSatisfy(isAllowed) else { return nil }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter(isAllowed)))
    }

    /// Nearly every text of an export: short and free of anything special, so it is not copied.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= maximumLength
            && text.utf8.allSatisfy { byte in
                // 0xEF opens U+FFFE and U+FFFF, which XML forbids.
                (byte >= 0x20 || byte == 0x09 || byte == 0x0A) && byte != UInt8(ascii: "_") && byte != 0xEF
            }
    }

    /// The production `Char` of XML 1.0. Lone surrogates cannot be in a Swift string.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: true
        case 0x00..<0x20, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    private static let escapedUnderscore = Array("_x005F_".unicodeScalars)

    /// Whether the text goes on as `_xHHHH_`.
    private static func beginsEscape(_ rest: Substring.UnicodeScalarView) -> Bool {
        let candidate = Array(rest.prefix(7))
        return candidate.count == 7 && candidate[1] == "x" && candidate[6] == "_"
            && candidate[2...5].allSatisfy { $0.properties.isASCIIHexDigit }
    }
}
