import Foundation
import JobEngine
import Platform
import Spreadsheet

/// Reads one row of a file, and finds all that is wrong with it.
struct PlacementRowReader {
    private let row: CSVReader.Row
    private let columns: [Placement.Column]
    private let association: Int64
    private let references: PlacementReferences
    private(set) var faults: [PlacementFault] = []

    /// A row that has as many fields as there are columns.
    init(
        _ row: CSVReader.Row,
        _ columns: [Placement.Column],
        association: Int64,
        references: PlacementReferences
    ) {
        self.row = row
        self.columns = columns
        self.association = association
        self.references = references
    }

    /// nil when there are ``faults``.
    mutating func placement() -> Placement? {
        let isPublic = value(.isPublic, "true or false") { ["true": true, "false": false][$0] }
        let group = reference(.group, to: references.groups, "the id of a group, or nothing")
        let sector = reference(.sector, to: references.sectors, "the id of a sector, or nothing")
        let department = value(.department, "a department's code, such as 75 or 2A", in: references.departments)
        let type = value(.type, "one of \(Placement.types.joined(separator: ", "))", in: Set(Placement.types))
        let seats = count(.seats)
        let used = count(.seatsUsed)
        let male = count(.male, ifEmpty: 0)
        let female = count(.female, ifEmpty: 0)
        let week = value(.week, "an ISO week that exists, such as 2021-W38", in: references.weeks)
        let updatedAt = value(.updatedAt, Instant.expectation) { Instant.parse($0) }
        checkOptional()
        if let seats, let used, used > seats { add(.seatsUsed, "at most seats", "more") }
        if let used, let male, let female, male + female > used {
            add(.male, "with female at most seats_used", "more")
        }
        guard faults.isEmpty, let isPublic, let department, let type, let seats, let used, let male, let female,
            let week, let updatedAt
        else { return nil }
        return Placement(
            isPublic: isPublic,
            group: group,
            sector: sector,
            department: department,
            type: type,
            seats: seats,
            seatsUsed: used,
            male: male,
            female: female,
            week: week,
            updatedAt: updatedAt
        )
    }

    private mutating func checkOptional() {
        if columns.contains(.associationID) {
            let own = association
            _ = value(.associationID, "the association that the file is for") { Int64($0) == own ? own : nil }
        }
        if columns.contains(.importedAt) {
            let expected = "\(Instant.expectation), or nothing"
            _ = value(.importedAt, expected) { $0.isEmpty ? .distantPast : Instant.parse($0) }
        }
    }

    // MARK: - One field

    private mutating func value<Value>(
        _ column: Placement.Column,
        _ expected: String,
        _ parse: (String) -> Value?
    ) -> Value? {
        guard let text = text(column) else { return nil }
        if let value = parse(text) { return value }
        add(column, expected, text.isEmpty ? "nothing" : "another text")
        return nil
    }

    private mutating func value(
        _ column: Placement.Column,
        _ expected: String,
        in known: Set<String>
    ) -> String? {
        value(column, expected) { known.contains($0) ? $0 : nil }
    }

    /// nil where there is nothing, and where there is a fault.
    private mutating func reference(
        _ column: Placement.Column,
        to known: Set<Int64>,
        _ expected: String
    ) -> Int64? {
        guard let text = text(column), !text.isEmpty else { return nil }
        guard let id = Int64(text) else {
            add(column, expected, "another text")
            return nil
        }
        if known.contains(id) { return id }
        add(column, expected, "an unknown one")
        return nil
    }

    private mutating func count(_ column: Placement.Column, ifEmpty empty: Int? = nil) -> Int? {
        guard let text = text(column) else { return nil }
        if text.isEmpty, let empty { return empty }
        let range = 0...PlacementsFile.maximumSeats
        let isNegative = text.hasPrefix("-")
        let digits = isNegative ? text.dropFirst() : text[...]
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        if isNumber, let number = Int(text), range.contains(number) { return number }
        let number = isNegative ? "a negative number" : "a larger number"
        let got = text.isEmpty ? "nothing" : isNumber ? number : "another text"
        add(column, "a whole number from 0 to \(range.upperBound)", got)
        return nil
    }

    /// nil, and a fault, when the bytes are broken.
    private mutating func text(_ column: Placement.Column) -> String? {
        guard let index = columns.firstIndex(of: column) else { return nil }
        switch row.fields[index] {
        case .text(let text):
            return text
        case .broken(let damage):
            add(column, "a text in UTF-8, in quotes as a whole or not at all", damage.rawValue)
            return nil
        }
    }

    private mutating func add(_ column: Placement.Column, _ expected: String, _ got: String) {
        faults.append(PlacementFault(line: row.line, field: column.rawValue, expected: expected, got: got))
    }
}
