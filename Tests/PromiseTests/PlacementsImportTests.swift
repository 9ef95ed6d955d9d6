import Foundation
import Postgres
import TestSupport
import Testing

@Suite("A file of placements on its whole way, through the real programs", .serialized)
struct PlacementsImportTests {
    private static let fixture = """
        INSERT INTO platform.department VALUES ('75', 'Paris', 'Paris');
        INSERT INTO platform.association (id, name, target_count) VALUES (3, 'Une', 10);
        INSERT INTO platform.week VALUES ('2021-W38', '2021-09-20', '2021-09-26');
        DELETE FROM statistics.stale;
        """
    private static let heading =
        "is_public;group_id;sector_id;department_code;type;seats;seats_used;male;female;week;updated_at\r\n"
    private static let line = "false;;;75;remote;3;2;1;1;2021-W38;2021-09-20T10:00:00+02:00\r\n"

    /// From the command line and over HTTP, of which each replaces what the other has brought.
    @Test func aFileIsImportedAndAWrongOneIsToldByLineAndField() async throws {
        try await PromiseWorld.run(fixture: Self.fixture) { world in
            let intake = try await world.startIntake()
            _ = try await world.startWorkers(only: "statistics")
            let folder = FileManager.default.temporaryDirectory.appending(path: "placements-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }

            func run(_ text: String, association: Int = 3) async throws -> ChildProcess.Result {
                let file = folder.appending(path: "file.csv")
                try text.write(to: file, atomically: true, encoding: .utf8)
                return try await world.command(
                    "placements",
                    "import",
                    file.path,
                    "--association",
                    "\(association)",
                    "--reason",
                    "the spring of 2021"
                )
            }
            let good = try await run(Self.heading + Self.line + Self.line)
            #expect(good.status == 0, "\(good)")
            #expect(good.output.hasSuffix(": imported; association 3 has the 2 placements of the file\n"))
            let rows: SQL = "SELECT count(*) FROM platform.off_platform_placement"
            #expect(try await world.count(rows) == 2)

            let wrong = try await run(Self.heading + Self.line + Self.line.replacing("W38", with: "W54") + "x\r\n")
            #expect(wrong.status == 65, "\(wrong)")
            let lines = wrong.output.split(separator: "\n").map(String.init)
            #expect(lines.count == 3)
            #expect(
                lines.first == "line 3, week: expected an ISO week that exists, such as 2021-W38, got another text"
            )
            #expect(lines.dropFirst().first == "line 4: expected 11 fields, got 1")
            #expect(
                lines.last?.hasSuffix(": 2 faults, the first 2 above; the placements of before have stayed") == true
            )
            #expect(try await world.count(rows) == 2)
            let id = try #require(lines.last?.split(separator: ":").first.map(String.init))
            #expect(try await world.command("placements", "show", id).output == wrong.output)

            let unknown = try await run(Self.heading, association: 4)
            #expect(unknown.status == 64 && unknown.errors.contains("no association has the id 4"))
            let audit = try await world.command("audit", "list", "--target", "association:3")
            #expect(audit.output.components(separatedBy: "placements.import").count == 3)

            try await expectImport(of: Self.heading + Self.line, over: intake)
            #expect(try await world.count(rows) == 1)
            let stale = try await world.numbers("SELECT DISTINCT school_year FROM statistics.stale")
            #expect(stale == [2021])
        }
    }

    private func expectImport(of text: String, over intake: PromiseIntake) async throws {
        let taken = try await intake.call("PUT", "/v1/associations/3/placements", body: text, type: "text/csv")
        #expect(taken.status == 202)
        let href = try #require(taken.text.firstMatch(of: /"href":"([^"]+)"/).map { String($0.output.1) })
        try await eventually("the import to end") {
            let state = try await intake.call("GET", href)
            return state.status == 200 && state.text.contains(#""state":"imported""#)
        }
    }
}
