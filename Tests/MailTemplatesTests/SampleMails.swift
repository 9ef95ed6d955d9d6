import Foundation
import MailTemplates
import Platform
import Testing

/// Every mail in every variant, made of facts that nobody wishes for.
enum SampleMails {
    static let hostile = "<script>alert(\"1\")</script> & 'Zoé'\r\nBcc: x@example.test\u{202E}"

    struct Sample: Sendable, CustomStringConvertible {
        let description: String
        let mail: any MailTemplate
        let links: [String]
        let isHostile: Bool
    }

    static func all() throws -> [Sample] {
        try ordinary() + hostileOnes()
    }

    private static func filter(_ isFull: Bool) throws -> OffersFilter {
        let year = try #require(SchoolYear(startingIn: 2021))
        guard isFull else { return OffersFilter(schoolYear: year) }
        return OffersFilter(
            schoolYear: year,
            department: Department(code: "75"),
            academy: Academy(name: "Académie de Paris"),
            isPublic: false,
            track: .adapted,
            ministry: 4
        )
    }

    private static func url(_ text: String) throws -> URL {
        try #require(URL(string: text))
    }

    private static func ordinary() throws -> [Sample] {
        try mails(
            firstName: "Zoé",
            title: "Découverte de l'atelier : bois & métal",
            ministry: "Ministère de l'Économie"
        )
        .map { Sample(description: $0.0, mail: $0.1, links: $0.2, isHostile: false) }
    }

    private static func hostileOnes() throws -> [Sample] {
        try mails(firstName: hostile, title: hostile, ministry: hostile)
            .map { Sample(description: $0.0 + ", hostile", mail: $0.1, links: $0.2, isHostile: true) }
    }

    private static func welcome(
        _ role: ReferentWelcomeMail.Role,
        _ email: String,
        _ page: String?
    ) throws -> ReferentWelcomeMail {
        ReferentWelcomeMail(
            role: role,
            email: email,
            schoolYear: try #require(SchoolYear(startingIn: 2021)),
            signUp: try page.map(url)
        )
    }

    private static func mails(
        firstName: String,
        title: String,
        ministry: String
    ) throws -> [(String, any MailTemplate, [String])] {
        let page = "https://www.example.test/inscription?type=referent&annee=2021"
        let token = "https://www.example.test/compte/activation?jeton=" + String(repeating: "aB3-_", count: 9)
        let download =
            "https://relais.example.test/v1/exports/0193a1b2-0000-7000-8000-000000000001/file"
            + "?expires=1638277500&signature=" + String(repeating: "aB3-_", count: 9)
        let instant = try Date("2021-11-30T13:05:00Z", strategy: .iso8601)
        func offers(_ rows: Int, _ isFull: Bool, _ delivery: ExportMail.Delivery) throws -> ExportMail {
            ExportMail(
                firstName: firstName,
                export: OffersExport(filter: try filter(isFull), requestedBy: 1),
                ministryName: ministry,
                filename: "export-des-offres-2021-2022.xlsx",
                rows: rows,
                delivery: delivery
            )
        }
        func other(_ export: some MailedExport, _ rows: Int) -> ExportMail {
            ExportMail(
                firstName: firstName,
                export: export,
                ministryName: ministry,
                filename: export.filename(ministryName: ministry),
                rows: rows,
                delivery: .attachment
            )
        }
        let year = try filter(false).schoolYear
        let statistics = OfferStatisticsExport(filter: try filter(true), dimension: .group, requestedBy: 1)
        let schools = SchoolsExport(schoolYear: year, registered: .no, requestedBy: 1)
        return [
            ("activation", ActivationMail(firstName: firstName, link: try url(token)), [token]),
            ("password reset", PasswordResetMail(firstName: firstName, link: try url(token)), [token]),
            ("welcome, central", try welcome(.central(ministry: ministry), title, page), [page]),
            (
                "welcome, departmental", try welcome(.departmental(#require(Department(code: "2A"))), title, page),
                [page]
            ),
            ("welcome, no page", try welcome(.central(ministry: title), title, nil), []),
            (
                "expired notice",
                ExpiredNoticeMail(
                    firstName: firstName,
                    offerTitle: title,
                    employerName: title,
                    submittedAt: instant
                ), []
            ),
            ("export attached", try offers(30_121, true, .attachment), []),
            ("export by link", try offers(1, false, .link(try url(download), expires: instant)), [download]),
            ("export empty", try offers(0, true, .attachment), []),
            ("export of statistics", other(statistics, 12), []),
            ("export of schools", other(schools, 1_197), []),
            ("export of associations", other(AssociationsExport(schoolYear: year, requestedBy: 1), 1), []),
        ]
            + (try ExportNotPreparedMail.Reason.allCases.map {
                (
                    "export not prepared: \($0)",
                    ExportNotPreparedMail(
                        firstName: firstName,
                        export: OffersExport(filter: try filter(true), requestedBy: 1),
                        ministryName: ministry,
                        reason: $0
                    ),
                    []
                )
            })
    }
}
