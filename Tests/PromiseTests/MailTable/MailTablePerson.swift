import Platform

/// Somebody who gets mails, and what he, or whoever made him up, has typed.
struct MailTablePerson: Sendable, Hashable {
    enum Sort: Int, CaseIterable {
        /// As most people are.
        case plain
        /// With all that makes trouble in headers, markup, encodings and SMTP.
        case awkward
        /// Nothing but what must be there, and words without an end.
        case bare
    }

    let kind: AccountKind
    let sort: Sort
    /// Whether he has yet to activate his account.
    let isNew: Bool

    init(_ kind: AccountKind, _ sort: Sort, isNew: Bool = false) {
        self.kind = kind
        self.sort = sort
        self.isNew = isNew
    }

    static let all = [false, true].flatMap { isNew in
        AccountKind.allCases.flatMap { kind in Sort.allCases.map { MailTablePerson(kind, $0, isNew: isNew) } }
    }

    /// Owners of offers.
    static let owners = all.filter {
        !$0.isNew && [.employer, .association, .departmentalReferent, .centralReferent].contains($0.kind)
    }

    /// Everybody whose account is active.
    static let active = all.filter { !$0.isNew }

    var id: Int {
        let place = AccountKind.allCases.firstIndex(of: kind) ?? 0
        return (isNew ? 2000 : 1000) + 10 * place + sort.rawValue
    }

    /// As the table calls him.
    var name: String { "\(kind.rawValue), \(sort)\(isNew ? ", new" : "")" }

    var address: String {
        let local = kind.rawValue + (isNew ? ".new" : "")
        return switch sort {
        case .plain: "\(local)@plain.example"
        case .awkward: " D'Arc+\(local)=1@Collège-d-Été.example\u{200B}"
        case .bare: "\(local)@\(String(repeating: "long.", count: 36))example"
        }
    }

    var row: String {
        let place =
            switch kind {
            case .departmentalReferent: "'\(sort.department)', NULL, NULL, NULL"
            case .centralReferent: "NULL, \(sort.ministry), NULL, NULL"
            case .schoolStaff: "NULL, NULL, 1, 'main_teacher'"
            case .student: "NULL, NULL, 1, NULL"
            case .employer, .association, .administrator: "NULL, NULL, NULL, NULL"
            }
        let confirmed = isNew ? "NULL" : "now()"
        return """
            (\(id), '\(kind.rawValue)', $t$\(address)$t$, $t$\(sort.firstName)$t$, $t$\(sort.lastName)$t$, \(place),
                \(confirmed))
            """
    }
}

extension MailTablePerson.Sort {
    var department: String { ["75", "2A", "973"][rawValue] }
    var ministry: Int { rawValue + 1 }

    var firstName: String { ["Zoé", "Zoë d'Été 🦊 <b>&amp;</b> \"=20\" \u{202E}", ""][rawValue] }

    var lastName: String { ["Martin", "O'Ñandú\r\n.\r\n<i>& Cie</i>", ""][rawValue] }

    /// Of an offer, of an organisation.
    var title: String {
        switch self {
        case .plain: "Découverte de l'atelier : bois & métal"
        case .awkward:
            "<script>alert(\"1\")</script> & l'été = =3D=20\n.\n..fin\r\nBcc: x@example.test\n🦊 "
                + String(repeating: "Métal ", count: 600)
        case .bare: String(repeating: "x", count: 400)
        }
    }

    /// An owner's personal message; nil: he has left none.
    var message: String? {
        switch self {
        case .plain: "Bonjour,\n\nvenez lundi à 9 h, avec de bonnes chaussures."
        case .awkward:
            "From nobody\r\n.\r\n..\r\n=20=\r\n</blockquote><script>alert(1)</script> &amp; l'été 🦊\r\n\r\n"
                + "https://spam.example/\(String(repeating: "a", count: 200))\r\n"
                + String(repeating: "mot", count: 100) + String(repeating: "\r\nMerci.", count: 400)
        case .bare: nil
        }
    }
}
