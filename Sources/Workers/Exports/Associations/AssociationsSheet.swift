import Platform
import Postgres
import Spreadsheet

/// The columns of a file of associations and what stands in them.
struct AssociationsSheet: ExportSheet {
    static let name = "Associations"

    let rowCount: Int
    let rows: SQL

    init(_ arguments: AssociationsExport, on connection: PostgresConnection) async throws {
        rowCount = try await connection.query(AssociationsSQL.count).first?.decode("rows") ?? 0
        rows = AssociationsSQL.rows(arguments)
    }

    let columns =
        [Column("Association", width: 40)]
        + [
            "Objectif annuel", "Total réalisé", "Dont présentiels", "Dont hybrides", "Dont à distance", "Ateliers",
            "Public", "Privé", "Date de mise à jour",
        ].map { Column($0) }

    func cells(_ row: Row) throws -> [Cell] {
        [
            try row.textCell("name"), try row.integerCell("target_count"), try row.integerCell("total"),
            try row.integerCell("on_site"), try row.integerCell("hybrid"), try row.integerCell("remote"),
            try row.integerCell("workshops"), try row.integerCell("public"), try row.integerCell("private"),
            try row.dayCell("updated_on"),
        ]
    }
}
