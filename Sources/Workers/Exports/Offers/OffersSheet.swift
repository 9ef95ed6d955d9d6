import Platform
import Postgres
import Spreadsheet

/// The columns of an offers file and what stands in them; headings, words and order are those of the platform.
struct OffersSheet: ExportSheet {
    static let name = "Offres"

    let rowCount: Int
    let rows: SQL
    /// Labels of all weeks, by name.
    private let labels: [String: String]
    /// The most weeks of any offer in the file; 0 leaves no such column.
    private let weekColumns: Int

    init(_ arguments: OffersExport, on connection: PostgresConnection) async throws {
        let extent = try await connection.query(OffersSQL.extent(arguments.filter)).first
        rowCount = try extent?.decode("rows") ?? 0
        weekColumns = try extent?.decode("weeks") ?? 0
        rows = OffersSQL.rows(arguments.filter)
        labels = try await connection.query(OffersSQL.weeks).reduce(into: [:]) { labels, row in
            let label = FrenchWeek.label(try row.decode("first_day"), try row.decode("last_day"))
            labels[try row.decode("week")] = label
        }
    }

    var columns: [Column] {
        Self.fixedColumns + (0..<weekColumns).map { Column("Semaine \($0 + 1)", width: 30) }
    }

    private static let fixedColumns = [
        Column("Titre de l'offre", width: 40), Column("Description", width: 60),
        Column("Stage individuel/collectif", width: 44), Column("Publiée le", width: 12),
        Column("Supprimée le", width: 12), Column("Nbr. de candidatures en attente"),
        Column("Nbr. de candidatures rejetées"), Column("Nbr. de candidatures acceptées"), Column("Département"),
        Column("Académie", width: 30), Column("Lien vers l'association partenaire", width: 30),
        Column("Nombre de vues", width: 12), Column("Groupe ou institution", width: 30),
        Column("Public/Privé", width: 12), Column("Secteur", width: 30), Column("Nom du tuteur", width: 24),
        Column("Email du tuteur", width: 30), Column("Téléphone du tuteur"), Column("Employeur", width: 40),
        Column("Adresse de l'employeur", width: 40), Column("Établissement", width: 40),
        Column("Disponible toute l'année", width: 14),
    ]

    /// The cells of one row of `OffersSQL.rows`.
    func cells(_ row: Row) throws -> [Cell] {
        let weeks: [String] = try row.decode("weeks")
        let fixed: [Cell] = [
            try row.textCell("title"),
            try row.textCell("description"),
            .text(Self.kind(seats: try row.decode("max_candidates"))),
            try row.dayCell("published_on"),
            try row.dayCell("discarded_on"),
            .integer(try row.decode("waiting")),
            .integer(try row.decode("refused")),
            .integer(try row.decode("accepted")),
            try row.textCell("department"),
            try row.textCell("academy"),
            try row.textCell("permalink"),
            .integer(try row.decode("view_count")),
            .text(try row.decode("group_name", as: String?.self) ?? OrganisationGroup.none),
            .text(try row.decode("is_public") ? "Public" : "Privé"),
            try row.textCell("sector"),
            try row.textCell("tutor_name"),
            try row.textCell("tutor_email"),
            try row.textCell("tutor_phone"),
            try row.linesCell(["employer_name", "employer_website", "employer_description"]),
            try row.linesCell(["street", "zipcode", "city"]),
            try school(row),
            .text(weeks.isEmpty ? "Oui" : "Non"),
        ]
        // A week without days is told by its name rather than left out.
        return fixed + weeks.map { .text(labels[$0] ?? $0) }
    }

    private static func kind(seats: Int) -> String {
        seats == 1
            ? "Stage individuel (un seul élève par stage)"
            : "Stage collectif (par groupe de \(seats) élèves)"
    }

    /// The school that the offer is reserved to: its name, and below it its town.
    private func school(_ row: Row) throws -> Cell {
        guard let name = try row.decode("school_name", as: String?.self) else { return .empty }
        let city = try row.decode("school_city", as: String?.self) ?? ""
        let zipcode = try row.decode("school_zipcode", as: String?.self) ?? ""
        let town = [city, zipcode.isEmpty ? "" : "CP \(zipcode)"].filter { !$0.isEmpty }.joined(separator: " – ")
        return .text(town.isEmpty ? name : "\(name)\n\(town)")
    }
}
