import Postgres
import Spreadsheet

/// The columns of an offers file and what stands in them; headings, words and order are those of the platform.
struct OffersSheet: Sendable {
    static let name = "Offres"

    /// Labels of all weeks, by name.
    private let labels: [String: String]
    private let weekColumns: Int

    /// - Parameter weekColumns: the most weeks of any offer in the file; 0 leaves no such column.
    init(weeks: [Row], weekColumns: Int) throws {
        self.weekColumns = weekColumns
        labels = try Dictionary(
            weeks.map { row in
                (try row.decode("week"), FrenchWeek.label(try row.decode("first_day"), try row.decode("last_day")))
            },
            uniquingKeysWith: { first, _ in first }
        )
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
            try text(row, "title"),
            try text(row, "description"),
            .text(Self.kind(seats: try row.decode("max_candidates"))),
            try day(row, "published_on"),
            try day(row, "discarded_on"),
            .integer(try row.decode("waiting")),
            .integer(try row.decode("refused")),
            .integer(try row.decode("accepted")),
            try text(row, "department"),
            try text(row, "academy"),
            try text(row, "permalink"),
            .integer(try row.decode("view_count")),
            .text(try row.decode("group_name", as: String?.self) ?? "Indépendant"),
            .text(try row.decode("is_public") ? "Public" : "Privé"),
            try text(row, "sector"),
            try text(row, "tutor_name"),
            try text(row, "tutor_email"),
            try text(row, "tutor_phone"),
            try lines(row, ["employer_name", "employer_website", "employer_description"]),
            try lines(row, ["street", "zipcode", "city"]),
            try school(row),
            .text(weeks.isEmpty ? "Oui" : "Non"),
        ]
        // A week that the calendar of the platform does not know is told by its name rather than left out.
        return fixed + weeks.map { .text(labels[$0] ?? $0) }
    }

    private static func kind(seats: Int) -> String {
        seats == 1
            ? "Stage individuel (un seul élève par stage)"
            : "Stage collectif (par groupe de \(seats) élèves)"
    }

    private func text(_ row: Row, _ column: String) throws -> Cell {
        try row.decode(column, as: String?.self).map(Cell.text) ?? .empty
    }

    private func day(_ row: Row, _ column: String) throws -> Cell {
        guard let day = try row.decode(column, as: PostgresDay?.self) else { return .empty }
        return .date(year: day.year, month: day.month, day: day.day)
    }

    /// One line each for what is there.
    private func lines(_ row: Row, _ columns: [String]) throws -> Cell {
        let lines = try columns.compactMap { try row.decode($0, as: String?.self) }.filter { !$0.isEmpty }
        return lines.isEmpty ? .empty : .text(lines.joined(separator: "\n"))
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
