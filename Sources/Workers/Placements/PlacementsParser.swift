import Platform
import Spreadsheet

/// Makes placements of the rows of a file, and gathers what is wrong with them.
struct PlacementsParser {
    private let association: Int64
    private let references: PlacementReferences
    /// nil until the heading was read.
    private var columns: [Placement.Column]?
    /// Under a heading that is wrong every line would be, for the same reason.
    private var isStopped = false
    private var seats = 0

    /// Lines that were read as placements.
    private(set) var rows = 0
    /// All faults.
    private(set) var faultCount = 0
    /// The first of them.
    private(set) var faults: [PlacementFault] = []

    init(association: Int64, references: PlacementReferences) {
        self.association = association
        self.references = references
    }

    /// The placements of some rows; those with faults are left out.
    mutating func placements(_ rows: [CSVReader.Row]) -> [Placement] {
        rows.compactMap { take($0) }
    }

    /// To be called behind the last row.
    mutating func finish() {
        guard columns == nil, !isStopped else { return }
        add(PlacementFault(line: 1, expected: "a heading with \(Self.columnNames)", got: "an empty file"))
    }

    private mutating func take(_ row: CSVReader.Row) -> Placement? {
        if isStopped { return nil }
        guard let columns else {
            readHeading(row)
            return nil
        }
        rows += 1
        guard row.width == columns.count else {
            // Open quotes swallow what follows: how many fields are left would say nothing.
            let unclosed = CSVReader.Damage.unclosed
            let got = row.fields.last == .broken(unclosed) ? unclosed.rawValue : "\(row.width)"
            add(PlacementFault(line: row.line, expected: "\(columns.count) fields", got: got))
            return nil
        }
        var reader = PlacementRowReader(row, columns, association: association, references: references)
        let placement = reader.placement()
        for fault in reader.faults { add(fault) }
        guard let placement else { return nil }
        let isWithin = seats <= PlacementsFile.maximumSeatsInAll
        seats += placement.seats
        if isWithin, seats > PlacementsFile.maximumSeatsInAll {
            add(
                PlacementFault(
                    line: row.line,
                    field: Placement.Column.seats.rawValue,
                    expected: "at most \(PlacementsFile.maximumSeatsInAll) seats in all lines up to here",
                    got: "more"
                )
            )
        }
        return placement
    }

    // MARK: - The heading

    private static let columnNames = Placement.Column.allCases.map(\.rawValue).joined(separator: ";")

    /// The columns may stand in any order, each once.
    private mutating func readHeading(_ row: CSVReader.Row) {
        var found: [Placement.Column] = []
        for (index, field) in row.fields.enumerated() {
            if case .text(let name) = field, let column = Placement.Column(rawValue: name) {
                if found.contains(column) {
                    add(heading(row, column.rawValue, expected: "each column once", got: "it again"))
                }
                found.append(column)
            } else {
                let got = if case .broken(let damage) = field { damage.rawValue } else { "another name" }
                add(heading(row, "column \(index + 1)", expected: "one of \(Self.columnNames)", got: got))
            }
        }
        for column in Placement.Column.allCases
        where !found.contains(column) && !Placement.Column.optional.contains(column) {
            add(heading(row, column.rawValue, expected: "this column in the heading", got: "none"))
        }
        if row.width > row.fields.count {
            add(heading(row, "", expected: "at most \(Placement.Column.allCases.count) columns", got: "\(row.width)"))
        }
        isStopped = faultCount > 0
        columns = found
    }

    private func heading(_ row: CSVReader.Row, _ field: String, expected: String, got: String) -> PlacementFault {
        PlacementFault(line: row.line, field: field, expected: expected, got: got)
    }

    private mutating func add(_ fault: PlacementFault) {
        faultCount += 1
        if faults.count < PlacementsFile.reportedFaults { faults.append(fault) }
    }
}
