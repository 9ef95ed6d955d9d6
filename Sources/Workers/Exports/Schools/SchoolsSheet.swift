import Platform
import Postgres
import Spreadsheet

/// The columns of a file of schools and what stands in them.
struct SchoolsSheet: ExportSheet {
    static let name = "Établissements"

    let rowCount: Int
    let rows: SQL

    init(_ arguments: SchoolsExport, on connection: PostgresConnection) async throws {
        rowCount = try await connection.query(SchoolsSQL.count(arguments)).first?.decode("rows") ?? 0
        rows = SchoolsSQL.rows(arguments)
    }

    let columns = [
        Column("Établissement", width: 40), Column("Département"), Column("Code UAI", width: 12),
        Column("Classification", width: 14), Column("Nbr. d'élèves"), Column("Nbr. de PP"),
        Column("Candidatures acceptées"), Column("Chef d'établissement inscrit"),
        Column("Adresse de l'établissement", width: 40), Column("Semaines", width: 50),
    ]

    func cells(_ row: Row) throws -> [Cell] {
        [
            try row.textCell("name"), try row.textCell("department"), try row.textCell("code_uai"),
            .text(Self.classification(try row.decode("kind"))), try row.integerCell("pupils"),
            try row.integerCell("teachers"), try row.integerCell("accepted"),
            .text(try row.decode("is_registered") ? "Inscrit" : "Non inscrit"),
            try row.linesCell(["street", "zipcode", "city"]), try weeks(row),
        ]
    }

    /// Schools near a quartier prioritaire count as those in one; where the platform does not know, it says so.
    private static func classification(_ kind: String?) -> String {
        switch kind {
        case "rep": "REP"
        case "rep_plus": "REP+"
        case "qpv", "qpv_proche": "QPV"
        default: "?"
        }
    }

    /// The weeks of the school year, as the platform words them.
    private func weeks(_ row: Row) throws -> Cell {
        guard let first = try row.decode("first_day", as: StoredDay?.self),
            let last = try row.decode("last_day", as: StoredDay?.self)
        else { return .empty }
        let count = try row.decode("weeks", as: Int.self)
        return count == 1
            ? .text("Disponible la semaine du \(FrenchDay.digits(first)) au \(FrenchDay.digits(last))")
            : .text("Disponible sur \(count) semaines : \(FrenchDay.digits(first)) → \(FrenchDay.digits(last))")
    }
}
