import Platform
import Postgres
import Spreadsheet

/// The columns of a file of offer statistics and what stands in them.
struct OfferStatisticsSheet: ExportSheet {
    static let name = "Offres"

    let rowCount: Int
    let rows: SQL
    let total: SQL?
    private let dimension: OfferStatisticsExport.Dimension

    init(_ arguments: OfferStatisticsExport, on connection: PostgresConnection) async throws {
        rowCount = try await connection.query(OfferStatisticsSQL.count(arguments)).first?.decode("rows") ?? 0
        rows = OfferStatisticsSQL.rows(arguments)
        total = OfferStatisticsSQL.total(arguments)
        dimension = arguments.dimension
    }

    var columns: [Column] {
        let first =
            switch dimension {
            case .sector: "Secteur professionnel"
            case .group: "Groupe ou Institution de tutelle"
            }
        return [Column(first, width: 40)]
            + [
                "Nbr. d'offres proposées", "Nbr. de candidatures", "Garçon", "Fille", "Non précisé",
                "Nbr. de candidatures acceptées", "Garçon", "Fille", "Non précisé",
            ].map { Column($0) }
    }

    func cells(_ row: Row) throws -> [Cell] {
        [
            try name(row), try row.integerCell("seats"), try row.integerCell("applications"),
            try row.integerCell("boys"), try row.integerCell("girls"), try row.integerCell("unstated"),
            try row.integerCell("accepted"), try row.integerCell("accepted_boys"),
            try row.integerCell("accepted_girls"), try row.integerCell("accepted_unstated"),
        ]
    }

    private func name(_ row: Row) throws -> Cell {
        guard dimension == .group else { return try row.textCell("name") }
        return .text(try row.decode("name", as: String?.self) ?? OrganisationGroup.none)
    }
}
