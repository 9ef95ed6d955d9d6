/// What a file of off-platform placements may be.
package enum PlacementsFile {
    /// `delivery.placements_import` holds no more.
    package static let maximumBytes = 20 * 1024 * 1024

    /// The most faults that a report tells; who has mended so many uploads the file again.
    package static let reportedFaults = 1_000

    /// The most seats, pupils or places of one line. A line is one week of one sort of placement in one département, and
    /// the largest of them has some 35,000 pupils in troisième. A slip of the keyboard beyond it would drown every figure
    /// that it is added to.
    package static let maximumSeats = 100_000

    /// The most seats of a file: twelve times the pupils of a year in all of France, and few enough that the sums of all
    /// associations stay far below what the figures hold.
    package static let maximumSeatsInAll = 10_000_000
}

/// What came of a file.
package enum PlacementsOutcome: String, Sendable, Hashable, CaseIterable {
    case imported
    /// See the report. The rows of before have stayed.
    case invalid = "invalid-placements"
    /// A newer file had been imported before its turn came.
    case superseded
    case unknownAssociation = "unknown-association"
    case requesterGone = "requester-gone"
    case notEntitled = "not-entitled"

    package init(_ refusal: AccountScope.Refusal) {
        self = refusal == .requesterGone ? .requesterGone : .notEntitled
    }
}

/// What is wrong at one place of a file. Never quotes what stands there: somebody may have taken the wrong file, with
/// people in it.
package struct PlacementFault: Sendable, Hashable, Codable {
    /// From 1; that in which the row begins.
    package let line: Int
    /// The column; empty: all of the line.
    package let field: String
    package let expected: String
    package let got: String

    package init(line: Int, field: String = "", expected: String, got: String) {
        self.line = line
        self.field = field
        self.expected = expected
        self.got = got
    }
}
