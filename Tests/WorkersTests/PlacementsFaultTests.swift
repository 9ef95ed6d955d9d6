import Foundation
import JobEngine
import Platform
import Postgres
import Testing

@testable import workers

/// Every bad row of a file is told by line and field, and the rows of before stay.
@Suite struct PlacementsFaultTests {
    private static let (heading, line) = (PlacementsFixture.heading, PlacementsFixture.line)
    private static let numbers = "expected a whole number from 0 to 100000, got "
    private static let weeks = "week: expected an ISO week that exists, such as 2021-W38, got another text"
    private static let instant = "an RFC 3339 instant from 2000 to 9999 such as 2026-09-01T07:00:00Z"
    private static let instants = "updated_at: expected \(instant), got another text"

    /// A line with one field of the right one replaced.
    private static func line(_ index: Int, _ value: String) -> String {
        var fields = line.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        fields[index] = value
        return fields.joined(separator: ";")
    }

    /// A line, and what is wrong with it.
    private static let cases: [(String, [String])] = [
        (line(0, "yes"), ["is_public: expected true or false, got another text"]),
        (line(0, ""), ["is_public: expected true or false, got nothing"]),
        (line(1, "5"), ["group_id: expected the id of a group, or nothing, got an unknown one"]),
        (line(1, "Ministère"), ["group_id: expected the id of a group, or nothing, got another text"]),
        (line(2, "99999999999999999999"), ["sector_id: expected the id of a sector, or nothing, got another text"]),
        (line(2, "2"), ["sector_id: expected the id of a sector, or nothing, got an unknown one"]),
        (line(3, "20"), ["department_code: expected a department's code, such as 75 or 2A, got another text"]),
        (line(3, ""), ["department_code: expected a department's code, such as 75 or 2A, got nothing"]),
        (line(4, "Remote"), ["type: expected one of on_site, remote, hybrid, talk, workshop, got another text"]),
        (line(5, "100001"), ["seats: \(numbers)a larger number"]),
        (line(5, "2000000000"), ["seats: \(numbers)a larger number"]),
        (line(5, "99999999999999999999"), ["seats: \(numbers)a larger number"]),
        (line(6, "2000000000"), ["seats_used: \(numbers)a larger number"]),
        (line(6, "-1"), ["seats_used: \(numbers)a negative number"]),
        (line(6, "1.5"), ["seats_used: \(numbers)another text"]),
        (line(6, "٣"), ["seats_used: \(numbers)another text"]),
        (line(6, " 2"), ["seats_used: \(numbers)another text"]), (line(6, ""), ["seats_used: \(numbers)nothing"]),
        (line(6, "4"), ["seats_used: expected at most seats, got more"]),
        (line(7, "2"), ["male: expected with female at most seats_used, got more"]),
        (line(9, "2021-W53"), [weeks]), (line(9, "2021-W00"), [weeks]), (line(9, "2021-38"), [weeks]),
        (line(9, "1999-W38"), [weeks]), (line(9, "2021-w38"), [weeks]),
        (line(10, "2021-02-30T10:00:00Z"), [instants]), (line(10, "20/09/2021"), [instants]),
        (line + ";", [": expected 11 fields, got 12"]), ("false;;1;75", [": expected 11 fields, got 4"]),
        (
            line(3, "\"75\"x"),
            [
                "department_code: expected a text in UTF-8, in quotes as a whole or not at all, got quotes that do not "
                    + "stand around the whole"
            ]
        ),
        (
            "x;x;x;x;x;-1;-1;-1;-1;x;x",
            [
                "is_public: expected true or false, got another text",
                "group_id: expected the id of a group, or nothing, got another text",
                "sector_id: expected the id of a sector, or nothing, got another text",
                "department_code: expected a department's code, such as 75 or 2A, got another text",
                "type: expected one of on_site, remote, hybrid, talk, workshop, got another text",
                "seats: \(numbers)a negative number", "seats_used: \(numbers)a negative number",
                "male: \(numbers)a negative number", "female: \(numbers)a negative number", weeks, instants,
            ]
        ),
    ]

    @Test func everyBadRowIsToldByLineAndFieldAndTheOldRowsStay() async throws {
        try await WorkersWorld.runWithPlacements { world in
            let before = try await world.placements()
            // A right line behind each.
            var text = "\(Self.heading)\n"
            for (bad, _) in Self.cases { text += "\(bad)\n\(Self.line)\n" }
            let job = try await world.importing(text)
            #expect(job.state == .obsolete && job.reason == "invalid-placements")
            let expected = Self.cases.enumerated().flatMap { index, entry in
                entry.1.map { "\(2 * index + 2), \($0)" }
            }
            let (outcome, faults, lines) = try await world.report()
            #expect(outcome == "invalid-placements" && faults == expected.count)
            #expect(lines == expected)
            #expect(try await world.placements() == before)
            #expect(try await world.integer("SELECT count(*) FROM statistics.stale") == 0)
            #expect(try await world.integer("SELECT count(*) FROM delivery.placements_chunk") == 0)
        }
    }

    @Test(arguments: [
        ("", ["1, : expected a heading with \(names), got an empty file"]),
        ("\r\n\n", ["1, : expected a heading with \(names), got an empty file"]),
        (
            heading + ";name;\(secret)\n" + line,
            [
                "1, column 12: expected one of \(names), got another name",
                "1, column 13: expected one of \(names), got another name",
            ]
        ),
        (
            heading.replacing("seats;", with: "") + ";week\n" + line + "\n" + line,
            [
                "1, week: expected each column once, got it again",
                "1, seats: expected this column in the heading, got none",
            ]
        ),
        ("association_id;" + heading + "\n2;" + line, ["2, association_id: expected \(own), got another text"]),
        (
            "imported_at;" + heading + "\nlater;" + line,
            ["2, imported_at: expected \(instant), or nothing, got another text"]
        ),
        (heading + "\n\"false;;1;75\n" + line, ["2, : expected 11 fields, got quotes that are never closed"]),
    ])
    func aHeadingThatIsNoneIsToldOnce(_ text: String, _ expected: [String]) async throws {
        try await WorkersWorld.runWithPlacements { world in
            let before = try await world.placements()
            #expect(try await world.importing(text).state == .obsolete)
            let (_, faults, lines) = try await world.report()
            #expect(lines == expected && faults == expected.count)
            #expect(try await world.placements() == before)
            #expect(try await world.traces(of: Self.secret) == [])
        }
    }

    @Test func bytesThatAreNotUTF8AreToldByTheirPlace() async throws {
        try await WorkersWorld.runWithPlacements { world in
            // A name in Windows-1252, as an old spreadsheet program writes it.
            let bytes = Array((Self.heading + "\nfalse;;1;").utf8) + [0xC9] + Array(";remote;3;2;1;1;2021-W38;x".utf8)
            let file = try await world.upload(bytes)
            #expect(try await world.worker.attempt(file.job).state == .obsolete)
            let (_, _, lines) = try await world.report()
            let expected = "a text in UTF-8, in quotes as a whole or not at all, got bytes that are not UTF-8"
            #expect(lines.first == "2, department_code: expected \(expected)" && lines.count == 2)
        }
    }

    @Test func aReportTellsTheFirstThousandFaultsAndHowManyThereAre() async throws {
        try await WorkersWorld.runWithPlacements { world in
            try await world.importing(Self.heading + String(repeating: "\nfalse;", count: 1_500))
            let (_, faults, lines) = try await world.report()
            #expect(faults == 1_500)
            #expect(lines.count == 1_000 && lines.last?.hasPrefix("1001, ") == true)
        }
    }

    /// Each line is within its bound, and their sum would be more than any figure of a year.
    @Test func aSumThatNoYearCanHaveIsRefused() async throws {
        try await WorkersWorld.runWithPlacements { world in
            let large = "\n" + Self.line(5, "100000")
            let most = try await world.importing(Self.heading + String(repeating: large, count: 100))
            #expect(most.state == .done)
            try await world.importing(Self.heading + String(repeating: large, count: 103))
            let (_, faults, lines) = try await world.report()
            #expect(faults == 1)
            #expect(lines == ["102, seats: expected at most 10000000 seats in all lines up to here, got more"])
        }
    }

    // MARK: - Words

    private static let secret = "camille.martin@college.example"
    private static let own = "the association that the file is for"
    private static let names = "association_id;\(heading);imported_at"
}
