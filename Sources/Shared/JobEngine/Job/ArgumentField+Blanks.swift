extension ArgumentField {
    /// What counts for nothing around a text that somebody typed or copied: blanks, tabs and line breaks, and what
    /// shows nothing at all. `relais.blanks()` says the same, and a test holds the two together.
    private static let blanks: [ClosedRange<Unicode.Scalar>] = [
        "\u{9}"..."\u{D}", " "..." ", "\u{85}"..."\u{85}", "\u{A0}"..."\u{A0}", "\u{AD}"..."\u{AD}",
        "\u{61C}"..."\u{61C}", "\u{1680}"..."\u{1680}", "\u{180E}"..."\u{180E}", "\u{2000}"..."\u{200F}",
        "\u{2028}"..."\u{202F}", "\u{205F}"..."\u{2064}", "\u{2066}"..."\u{206F}", "\u{3000}"..."\u{3000}",
        "\u{FEFF}"..."\u{FEFF}",
    ]

    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        blanks.contains { $0.contains(scalar) }
    }

    /// The text without the blanks around it.
    static func trimmed(_ text: String) -> Substring.UnicodeScalarView {
        let scalars = text.unicodeScalars.drop(while: isBlank)
        guard let last = scalars.lastIndex(where: { !isBlank($0) }) else { return scalars }
        return scalars[...last]
    }
}
