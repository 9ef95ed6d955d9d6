import Foundation
import Platform

extension SampleMails {
    private static let download =
        "https://relais.example.test/v1/exports/0193a1b2-0000-7000-8000-000000000001/file"
        + "?expires=1638277500&signature=" + String(repeating: "aB3-_", count: 9)

    static func exportMails(_ words: Words) throws -> [Variant] {
        let year = try schoolYear()
        let everything = OffersFilter(schoolYear: year)
        let filtered = OffersFilter(
            schoolYear: year,
            department: Department(code: "75"),
            academy: Academy(name: "Académie de Paris"),
            isPublic: false,
            track: .adapted,
            ministry: 4
        )
        func offers(
            _ filter: OffersFilter,
            _ rows: Int,
            _ delivery: ExportMail.Delivery,
            changed: ChangedCells = ChangedCells()
        ) -> ExportMail {
            ExportMail(
                firstName: words.firstName,
                export: OffersExport(filter: filter, requestedBy: 1),
                ministryName: words.ministry,
                filename: "export-des-offres-2021-2022.xlsx",
                rows: rows,
                changed: changed,
                delivery: delivery
            )
        }
        func other(_ export: some MailedExport, _ rows: Int) -> ExportMail {
            ExportMail(
                firstName: words.firstName,
                export: export,
                ministryName: words.ministry,
                filename: export.filename(ministryName: words.ministry),
                rows: rows,
                changed: ChangedCells(),
                delivery: .attachment
            )
        }
        let changed = ChangedCells(dates: 1, lengths: 2, characters: 3, formulas: 1_204)
        let statistics = OfferStatisticsExport(filter: filtered, dimension: .group, requestedBy: 1)
        let schools = SchoolsExport(schoolYear: year, registered: .no, requestedBy: 1)
        let made: [Variant] = [
            ("export-attached", offers(filtered, 30_121, .attachment), []),
            ("export-by-link", offers(everything, 1, .link(try url(download), expires: instant)), [download]),
            ("export-empty", offers(filtered, 0, .attachment), []),
            ("export-changed", offers(filtered, 412, .attachment, changed: changed), []),
            ("export-changed-once", offers(filtered, 412, .attachment, changed: ChangedCells(dates: 1)), []),
            ("export-of-statistics", other(statistics, 12), []),
            ("export-of-schools", other(schools, 1_197), []),
            ("export-of-associations", other(AssociationsExport(schoolYear: year, requestedBy: 1), 1), []),
        ]
        return made
            + ExportNotPreparedMail.Reason.allCases.map { reason -> Variant in
                let mail = ExportNotPreparedMail(
                    firstName: words.firstName,
                    export: OffersExport(filter: filtered, requestedBy: 1),
                    ministryName: words.ministry,
                    reason: reason
                )
                return ("export-not-prepared-\(reason)", mail, [])
            }
    }
}
