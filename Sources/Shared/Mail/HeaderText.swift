/// Text that may stand in a header: one line without control characters.
///
/// All free text reaches a header through this type, so that a line break in a subject or a name, with which a sender
/// could add headers or a body of his own, cannot be expressed.
package struct HeaderText: Sendable, Hashable {
    package let text: String

    /// Longest text in UTF-8 bytes; a subject is forty characters, and no reader shows a thousand.
    static let longest = 900

    /// - Parameter field: What the text is, for the error.
    /// - Throws: `MailFieldError` for CR, LF, NUL, any other control character or Unicode line break, and for texts
    ///   longer than 900 bytes.
    package init(_ text: String, field: String = "header") throws(MailFieldError) {
        guard text.utf8.count <= Self.longest else {
            throw MailFieldError(field: field, expected: "at most \(Self.longest) bytes")
        }
        guard !text.unicodeScalars.contains(where: Self.isForbidden) else {
            throw MailFieldError(field: field, expected: "one line without control characters")
        }
        self.text = text
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
