import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// A file takes the place of all rows of its association at once, or of none.
@Suite struct PlacementsImportTests {
    private static let before = [
        "1:true;;;75;on_site;9;9;0;0;2019-W40;2019-10-01 00:00",
        "2:true;;;75;on_site;8;8;0;0;2019-W40;2019-10-01 00:00",
    ]
    private static let (heading, line) = (PlacementsFixture.heading, PlacementsFixture.line)
    private static let imported = "1:false;;1;75;remote;3;2;1;1;2021-W38;2021-09-20 10:00"

    /// However the bytes were cut, and whatever a spreadsheet program put around them.
    @Test(arguments: [1, 7, 1_000_000])
    func aFileTakesThePlaceOfAllRowsOfItsAssociation(_ size: Int) async throws {
        try await WorkersWorld.runWithPlacements { world in
            let text =
                "\u{FEFF}\(Self.heading)\r\n\(Self.line)\r\n\r\n"
                + "true;4;;2A;\"talk\";100000;0;;;2020-W53;2020-12-31T23:30:00Z\r\n"
            let file = try await world.upload(text, pieces: size)
            let job = try await world.worker.attempt(file.job)
            #expect(job.state == .done)
            #expect(try job.result?.decode([String: Int].self) == ["association_id": 1, "rows": 2])
            let second = "1:true;4;;2A;talk;100000;0;0;0;2020-W53;2021-01-01 00:30"
            #expect(try await world.placements() == [Self.imported, second, Self.before[1]])
            let (outcome, faults, _) = try await world.report()
            #expect(outcome == "imported" && faults == 0)
            #expect(try await world.integer("SELECT count(*) FROM delivery.placements_chunk") == 0)
            // The years of the rows that went, and of those that came.
            let stale = try await world.integers("SELECT DISTINCT school_year FROM statistics.stale ORDER BY 1")
            #expect(stale == [2019, 2020, 2021])
            let instants = try await world.integer(
                "SELECT count(DISTINCT imported_at) FROM platform.off_platform_placement WHERE association_id = 1"
            )
            #expect(instants == 1)
        }
    }

    /// The columns in another order, and all that the relation has.
    @Test func aFileThatWasReadOutOfTheRelationIsTaken() async throws {
        try await WorkersWorld.runWithPlacements { world in
            let job = try await world.importing(
                """
                imported_at;association_id;updated_at;week;female;male;seats_used;seats;type;department_code;sector_id;\
                group_id;is_public
                2021-10-01T00:00:00Z;1;2021-09-20T08:00:00Z;2021-W38;1;1;2;3;remote;75;1;;false
                """
            )
            #expect(job.state == .done)
            #expect(try await world.placements() == [Self.imported, Self.before[1]])
        }
    }

    @Test func aFileWithoutLinesLeavesTheAssociationNoRow() async throws {
        try await WorkersWorld.runWithPlacements { world in
            let job = try await world.importing(Self.heading)
            #expect(job.state == .done)
            #expect(try await world.placements() == [Self.before[1]])
        }
    }

    // MARK: - Order

    @Test func anOlderFileNeverReplacesANewerOne() async throws {
        try await WorkersWorld.runWithPlacements { world in
            let older = try await world.upload(Self.heading)
            #expect(try await world.importing("\(Self.heading)\n\(Self.line)").state == .done)
            let late = try await world.worker.attempt(older.job)
            #expect(late.state == .obsolete && late.reason == "superseded")
            #expect(try await world.placements() == [Self.imported, Self.before[1]])
            #expect(try await world.integer("SELECT count(*) FROM delivery.placements_chunk") == 0)
        }
    }

    /// Its turn comes while the newer file is being written: it must wait for the end, and then give way.
    @Test func twoFilesAtOnceEndAsTheNewerOne() async throws {
        try await WorkersWorld.runWithPlacements { world in
            let older = try await world.upload(Self.heading)
            try await world.database.withConnection { newer in
                try await newer.run(script: "BEGIN; INSERT INTO delivery.placements_source VALUES (1, 1000)")
                async let attempt = world.worker.attempt(older.job)
                try await world.untilSomebodyWaitsForATransaction()
                #expect(try await world.placements() == Self.before)
                try await newer.run(script: "COMMIT")
                let late = try await attempt
                #expect(late.state == .obsolete && late.reason == "superseded")
            }
            #expect(try await world.placements() == Self.before)
        }
    }

    @Test func aWrongFileLeavesTheOneBeforeItAlone() async throws {
        try await WorkersWorld.runWithPlacements { world in
            #expect(try await world.importing("\(Self.heading)\n\(Self.line)").state == .done)
            let wrong = try await world.importing("\(Self.heading)\n\(Self.line)\nfalse")
            #expect(wrong.state == .obsolete && wrong.reason == "invalid-placements")
            #expect(try await world.placements() == [Self.imported, Self.before[1]])
            // Nor does it count as one: a file that was taken before it may still come.
            #expect(try await world.integer("SELECT number FROM delivery.placements_source") == 1)
        }
    }

    // MARK: - Faults of others than the file

    @Test func whoIsNoAdministratorAnyMoreImportsNothing() async throws {
        try await WorkersWorld.runWithPlacements { world in
            let text = "\(Self.heading)\n\(Self.line)"
            #expect(try await world.importing(text, requestedBy: 1).state == .done)
            try await world.run(script: "UPDATE platform.account SET kind = 'employer'")
            let moved = try await world.importing(Self.heading, requestedBy: 1)
            #expect(moved.state == .obsolete && moved.reason == "not-entitled")
            try await world.run(script: "UPDATE platform.account SET kind = 'administrator', discarded_at = now()")
            let gone = try await world.importing(Self.heading, requestedBy: 1)
            #expect(gone.state == .obsolete && gone.reason == "requester-gone")
            #expect(try await world.placements() == [Self.imported, Self.before[1]])
            let (outcome, _, _) = try await world.report()
            #expect(outcome == "requester-gone")
        }
    }

    @Test func anAssociationThatWasDeletedGetsNoRows() async throws {
        try await WorkersWorld.runWithPlacements { world in
            let file = try await world.upload("\(Self.heading)\n\(Self.line)", association: 3)
            let job = try await world.worker.attempt(file.job)
            #expect(job.state == .obsolete && job.reason == "unknown-association")
        }
    }

    @Test func aFileIsImportedOnceAndWholeOrNotAtAll() async throws {
        try await WorkersWorld.runWithPlacements { world in
            let unknown = try await world.perform("placements.import", #"{"import_id": "\#(UUID())"}"#)
            #expect(unknown.state == .obsolete && unknown.reason == "unknown-import")
            let file = try await world.upload("\(Self.heading)\n\(Self.line)", pieces: 50)
            try await world.run(script: "DELETE FROM delivery.placements_chunk WHERE number = 1")
            let torn = try await world.worker.attempt(file.job)
            #expect(torn.state == .obsolete && torn.reason == "file-gone")
            #expect(try await world.placements() == Self.before)
            let other = try await world.upload("\(Self.heading)\n\(Self.line)")
            #expect(try await world.worker.attempt(other.job).state == .done)
            let again = try await world.perform("placements.import", #"{"import_id": "\#(other.id)"}"#)
            #expect(again.state == .obsolete && again.reason == "already-ended")
        }
    }

    @Test func anImportThatLostItsClaimReplacesNothing() async throws {
        try await WorkersWorld.runWithPlacements { world in
            let file = try await world.upload("\(Self.heading)\n\(Self.line)")
            let job = try await world.worker.claim(file.job)
            try await world.run(script: "UPDATE relais.job SET claim = gen_random_uuid()")
            #expect(try await world.worker.run(job).state == .running)
            #expect(try await world.placements() == Self.before)
            #expect(try await world.integer("SELECT count(*) FROM delivery.placements_source") == 0)
            #expect(try await world.integer("SELECT count(*) FROM delivery.placements_chunk") == 1)
        }
    }

    /// More rows than a statement has parameters, and pieces that end in the middle of a row.
    @Test func aLongFileIsImportedInPieces() async throws {
        try await WorkersWorld.runWithPlacements { world in
            let count = 20_000
            let text = Self.heading + String(repeating: "\n" + Self.line, count: count)
            let file = try await world.upload(text, pieces: 256 * 1024)
            #expect(try await world.worker.attempt(file.job).state == .done)
            #expect(try await world.integer("SELECT count(*) FROM platform.off_platform_placement") == count + 1)
        }
    }
}

extension WorkersWorld {
    /// Returns once some session waits for the end of another one's transaction.
    fileprivate func untilSomebodyWaitsForATransaction() async throws {
        try await eventually("a session to wait for a transaction") {
            try await integer(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
                """
            ) > 0
        }
    }
}
