/// Hides what may not be printed.
package enum Redaction {
    /// Stands for a secret that is set.
    package static let hidden = "(hidden)"

    /// `text` without the passwords of URLs (`amqp://user:secret@host`) and of libpq's connection strings
    /// (`password=secret`).
    ///
    /// It rather hides too much: a password that holds an unescaped `@` or `/` is hidden up to the last `@`.
    package static func passwords(in text: String) -> String {
        let text = text.replacing(/(?i)(password=)('[^']*'|[^&\s]*)/) { "\($0.output.1)***" }
        guard let scheme = text.firstRange(of: "://"), let at = text.lastIndex(of: "@"), at > scheme.upperBound else {
            return text
        }
        let user = text[scheme.upperBound..<at].prefix { $0 != ":" }
        guard user.endIndex < at else { return text }
        return text[..<user.endIndex] + ":***" + text[at...]
    }

    /// `text` for an error message: short, on one line, without passwords.
    static func quoted(_ text: String) -> String {
        let shown = passwords(in: text).unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }
        return "'" + String(String.UnicodeScalarView(shown)) + "'"
    }
}
