import Foundation
import Platform
import Postgres
import TestSupport
import Testing

@testable import JobEngine
@testable import workers

/// What changes between the request and the end of the work.
@Suite struct ExportsRefusalTests {
    /// Reason, and whether one mail tells the requester.
    enum Change: CaseIterable {
        case otherDepartment, otherMinistry, notEntitled, discarded, deleted, withoutAddress, addressTaken

        var account: Int64 {
            switch self {
            case .otherDepartment, .discarded, .addressTaken: ExportsFixture.referentOfParis
            case .otherMinistry: ExportsFixture.referentOfMinistry
            case .notEntitled: ExportsFixture.employer
            case .deleted: 999
            case .withoutAddress: ExportsFixture.withoutAddress
            }
        }

        var script: String {
            switch self {
            case .discarded: "UPDATE platform.account SET discarded_at = now() WHERE id = 2"
            case .addressTaken: "UPDATE platform.account SET email = ' ', department_code = '2A' WHERE id = 2"
            default: ""
            }
        }

        var reason: String {
            switch self {
            case .otherDepartment, .addressTaken: "other-department"
            case .otherMinistry: "other-ministry"
            case .notEntitled: "not-entitled"
            case .discarded, .deleted: "requester-gone"
            case .withoutAddress: "no-address"
            }
        }

        var isTold: Bool { [.otherDepartment, .otherMinistry, .notEntitled].contains(self) }

        func arguments() throws -> OffersExport {
            try ExportsFixture.arguments(by: account) { filter in
                if self == .otherDepartment { filter.department = Department(code: "2A") }
                if self == .addressTaken { filter.department = Department(code: "75") }
                if self == .otherMinistry { filter.ministry = 2 }
            }
        }
    }

    @Test(arguments: Change.allCases)
    func whoeverMayNotHaveTheFileGetsNone(_ change: Change) async throws {
        try await ExportsWorld.run { world in
            try await world.run(script: change.script)
            let arguments = try change.arguments()
            let id = try await world.enqueue(arguments)
            guard case .obsolete(let reason, _) = try await world.attempt(id, arguments) else {
                Issue.record("expected the export to be obsolete")
                return
            }
            #expect(reason == change.reason)
            #expect(try await world.integer("SELECT count(*) FROM delivery.file") == 0)
            if change.isTold {
                // Awaited: the server's answer may overtake its log.
                let mail = try await world.mail()
                #expect(try await world.server.has("kept", exactly: 1))
                #expect(!mail.contains("filename"))
            } else {
                #expect(world.server.count("kept") == 0)
            }
        }
    }

    @Test func tooManyRowsForASheetIsToldWithTheAdviceToTakeCSV() async throws {
        try await ExportsWorld.run { world in
            let arguments = try ExportsFixture.arguments(format: .xlsx)
            let id = try await world.enqueue(arguments)
            guard case .obsolete(let reason, _) = try await world.attempt(id, arguments, rowLimit: 4) else {
                Issue.record("expected the export to be obsolete")
                return
            }
            #expect(reason == "too-many-rows")
            let mail = try await world.mail()
            #expect(mail.contains(".csv"))
            let lines = try ExportsFixture.arguments(format: .csv)
            let other = try await world.enqueue(lines)
            guard case .committed = try await world.attempt(other, lines, rowLimit: 4) else {
                Issue.record("expected .csv to have no limit")
                return
            }
        }
    }

    /// Asked for over SQL, where nobody looks it up.
    @Test func aMinistryThatIsNoneMakesNoEmptyFile() async throws {
        try await ExportsWorld.run { world in
            let arguments = try ExportsFixture.arguments { $0.ministry = 999 }
            let id = try await world.enqueue(arguments)
            guard case .discard(let reason) = try await world.attempt(id, arguments) else {
                Issue.record("expected the export to end dead")
                return
            }
            #expect(reason.hasPrefix("unknown-ministry: "))
            #expect(try await world.integer("SELECT count(*) FROM delivery.file") == 0)
            #expect(world.server.count("kept") == 0)
        }
    }

    // MARK: - While the rows are read

    /// Begins an export, and runs `body` when its file is open and its rows are being read.
    private func interrupt(
        _ world: ExportsWorld,
        by account: Int64 = ExportsFixture.administrator,
        _ body: (JobID, Task<JobOutcome, any Error>, PostgresConnection) async throws -> Void
    ) async throws -> Result<JobOutcome, any Error> {
        let arguments = try ExportsFixture.arguments(by: account, format: .xlsx)
        let id = try await world.enqueue(arguments)
        return try await world.database.withConnection { held in
            try await held.run(script: "BEGIN; LOCK TABLE platform.school")
            let export = Task { try await world.attempt(id, arguments) }
            try await world.whileReading(from: held) {
                #expect(try FileManager.default.contentsOfDirectory(atPath: world.directory.path).count == 1)
                try await body(id, export, held)
            }
            return await export.result
        }
    }

    @Test func aRequesterDeletedMeanwhileGetsNoFileAndNoMail() async throws {
        try await ExportsWorld.run { world in
            let result = try await interrupt(world) { _, _, held in
                try await held.run(script: "UPDATE platform.account SET discarded_at = now() WHERE id = 1")
            }
            guard case .obsolete(let reason, _) = try result.get() else {
                Issue.record("expected the export to be obsolete")
                return
            }
            #expect(reason == "requester-gone")
            #expect(try await world.integer("SELECT count(*) FROM delivery.file") == 0)
            #expect(world.server.count("kept") == 0)
        }
    }

    @Test func aReferentMovedMeanwhileDoesNotGetTheOldDepartment() async throws {
        try await ExportsWorld.run { world in
            let result = try await interrupt(world, by: ExportsFixture.referentOfParis) { _, _, held in
                try await held.run(script: "UPDATE platform.account SET department_code = '2A' WHERE id = 2")
            }
            guard case .retry = try result.get() else {
                Issue.record("expected another attempt for the new department")
                return
            }
            #expect(try await world.integer("SELECT count(*) FROM delivery.file") == 0)
            #expect(world.server.count("kept") == 0)
        }
    }

    @Test(.timeLimit(.minutes(5))) func aCancelledExportEndsItsSnapshotAndRemovesItsFiles() async throws {
        try await ExportsWorld.run { world in
            let result = try await interrupt(world) { _, export, _ in
                export.cancel()
                // The lock that it waited for is still held: only the cancellation can end it.
                _ = await export.result
            }
            #expect(throws: CancellationError.self) { try result.get() }
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.directory.path) == [])
            // The session of a cancelled statement may be closing still.
            try await eventually("no snapshot to be left") {
                try await world.integer(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
                        AND backend_type = 'client backend'
                    """
                ) == 0
            }
        }
    }

    @Test func anExportThatLostItsClaimStoresAndSendsNothing() async throws {
        try await ExportsWorld.run { world in
            let result = try await interrupt(world) { id, _, held in
                _ = try await held.execute(
                    "UPDATE relais.job SET claim = gen_random_uuid() WHERE id = \(id.uuid)"
                )
            }
            #expect(throws: LedgerError.self) { try result.get() }
            #expect(try await world.integer("SELECT count(*) FROM delivery.file") == 0)
            #expect(world.server.count("kept") == 0)
        }
    }

    /// A killed worker could not clean up; the next attempt on the machine does.
    @Test func whatAKilledAttemptLeftIsRemoved() async throws {
        try await ExportsWorld.run { world in
            let arguments = try ExportsFixture.arguments()
            let id = try await world.enqueue(arguments)
            let left = world.directory.appending(path: "relais-export-\(id)-0")
            try FileManager.default.createDirectory(at: left, withIntermediateDirectories: false)
            try Data([1]).write(to: left.appending(path: "rest"))
            _ = try await world.attempt(id, arguments)
            #expect(!FileManager.default.fileExists(atPath: left.path))
        }
    }
}
