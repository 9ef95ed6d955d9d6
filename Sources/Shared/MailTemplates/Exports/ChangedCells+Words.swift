import Platform

extension ChangedCells {
    /// One sentence about what differs and why; nil: nothing does.
    var sentence: String? {
        guard total > 0 else { return nil }
        let reasons = [
            Self.counted(
                dates,
                "date que les tableurs ne connaissent pas, écrite en texte",
                "dates que les tableurs ne connaissent pas, écrites en texte"
            ),
            Self.counted(
                lengths,
                "texte coupé à \(French.number(32_767))\u{A0}caractères, le maximum d'une cellule",
                "textes coupés à \(French.number(32_767))\u{A0}caractères, le maximum d'une cellule"
            ),
            Self.counted(
                characters,
                "texte dont les caractères invisibles non admis ont été retirés",
                "textes dont les caractères invisibles non admis ont été retirés"
            ),
            Self.counted(
                formulas,
                "texte précédé d'une apostrophe pour ne pas être exécuté comme une formule",
                "textes précédés d'une apostrophe pour ne pas être exécutés comme des formules"
            ),
        ]
        let cells =
            total == 1 ? "1\u{A0}cellule a été modifiée" : "\(French.number(total))\u{A0}cellules ont été modifiées"
        return "\(cells) : \(reasons.compactMap(\.self).joined(separator: " ; "))."
    }

    private static func counted(_ count: Int, _ one: String, _ many: String) -> String? {
        count == 0 ? nil : "\(French.number(count))\u{A0}\(count == 1 ? one : many)"
    }
}
