import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Unique keys: the same request is the same job")
struct UniqueKeyTests {
    struct Undone: Error {}

    @Test func theSameRequestIsOneJobUntilItHasFinished() async throws {
        try await withEngineWorld { world in
            let process = try await world.registerProcess()
            let first = try await world.enqueue(Once())
            #expect(try await world.enqueue(Once()) == first)
            #expect(try await world.enqueue(Once(number: 2)) != first)
            let job = try await world.claim(first, process: process)
            #expect(try await world.enqueue(Once()) == first, "it runs")
            _ = try await world.ledger.end([Ending(job, .done)])
            #expect(try await world.enqueue(Once()) != first)
        }
    }

    @Test func aClaimLeavesTheKeyToTheNextRequest() async throws {
        try await withEngineWorld { world in
            let process = try await world.registerProcess()
            let first = try await world.enqueue(Waiting())
            let batch = try #require(await world.ledger.mark(queue: "work", relay: process, limit: 10))
            #expect(try await world.enqueue(Waiting()) == first, "it is dispatched")
            _ = try await world.ledger.takeBack(batch)
            #expect(try await world.enqueue(Waiting()) == first, "it was taken back")
            _ = try await world.claim(first, process: process)
            let second = try await world.enqueue(Waiting())
            #expect(second != first)
            #expect(try await world.enqueue(Waiting()) == second)
        }
    }

    @Test func aRolledBackUniqueJobLeavesTheKeyFree() async throws {
        try await withEngineWorld { world in
            await #expect(throws: Undone.self) {
                try await world.pool.transaction { connection in
                    _ = try await Ledger.enqueue(NewJob(Once()), on: connection)
                    throw Undone()
                }
            }
            let id = try await world.enqueue(Once())
            #expect(try await world.job(id).state == .pending)
        }
    }

    @Test(arguments: ["COMMIT", "ROLLBACK"])
    func twoTransactionsWithOneKeyMakeOneJob(_ end: String) async throws {
        try await withEngineWorld { world in
            try await world.database.withConnection { holder in
                try await holder.run(script: "BEGIN")
                let held = try await Ledger.enqueue(NewJob(Once()), on: holder)
                let waiting = Task { try await world.enqueue(Once()) }
                try await world.waitUntilSomebodyWaitsForALock()
                try await holder.run(script: SQL(stringLiteral: end).text)
                let second = try await waiting.value
                #expect((second == held) == (end == "COMMIT"))
            }
            #expect(try await world.count("SELECT count(*) FROM relais.job") == 1)
        }
    }

    @Test func aKeyThatStaysTakenIsWaitedForNoLongerThanAllowed() async throws {
        try await withEngineWorld { world in
            try await world.database.withConnection { holder in
                try await holder.run(script: "BEGIN")
                _ = try await Ledger.enqueue(NewJob(Once()), on: holder)
                let error = await #expect(throws: PostgresError.self) {
                    try await world.pool.withConnection { connection in
                        _ = try await Ledger.enqueue([NewJob(Once())], on: connection, patience: .milliseconds(50))
                    }
                }
                #expect(error?.sqlState == "55P03")
                try await holder.run(script: "ROLLBACK")
            }
        }
    }

    @Test func twentyRequestsAtOnceAreOneJob() async throws {
        try await withEngineWorld { world in
            let ids = try await withThrowingTaskGroup(of: JobID.self) { group in
                for _ in 1...20 { group.addTask { try await world.enqueue(Once()) } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try await world.count("SELECT count(*) FROM relais.job") == 1)
        }
    }

    @Test func aCallersKeyTakesThePlaceOfTheKindsAndIsKeptAsACodeAlone() async throws {
        try await withEngineWorld { world in
            func enqueue(_ number: Int, of kind: String = "test.work", key: String?) async throws -> JobID {
                let arguments = JSON(#"{"number": \#(number)}"#)
                return try await world.ledger.enqueue(NewJob(kind: kind, arguments: arguments, uniqueKey: key))
            }
            let first = try await enqueue(1, key: "ana@example.test")
            #expect(try await enqueue(2, key: "ana@example.test") == first)
            #expect(try await enqueue(1, key: "ben@example.test") != first)
            #expect(try await enqueue(1, of: "test.brief", key: "ana@example.test") != first, "keys belong to a kind")
            #expect(try await enqueue(1, key: nil) != enqueue(1, key: nil), "without a key each is a job of its own")
            let rows = try await world.pool.query(
                "SELECT j::text AS text, encode(unique_key, 'escape') AS key, unique_key = sha256('ana@example.test') AS plain FROM relais.job j WHERE unique_key IS NOT NULL"
            )
            for row in rows {
                #expect(try !row.decode("text", as: String.self).contains("example"))
                #expect(try !row.decode("key", as: String.self).contains("example"))
                #expect(try !row.decode("plain", as: Bool.self))
            }
            #expect(rows.count == 3)
        }
    }

    @Test func anArgumentLeftOutAndItsDefaultAreTheSameRequest() async throws {
        try await withEngineWorld { world in
            _ = try await world.pool.execute(
                """
                UPDATE relais.kind SET unique_defaults = '{"format": "xlsx"}', unique_by = '{number,format}'
                WHERE name = 'test.once'
                """
            )
            var ids: [JobID] = []
            for arguments in [
                #"{"number": 1}"#, #"{"format": "xlsx", "number": 1}"#, #"{"number": 1, "format": null, "other": 3}"#,
                #"{"number": 1, "format": "csv"}"#,
            ] {
                ids.append(try await world.ledger.enqueue(NewJob(kind: "test.once", arguments: JSON(arguments))))
            }
            #expect(Set(ids[..<3]).count == 1)
            #expect(ids[3] != ids[0])
        }
    }
}

extension EngineWorld {
    /// Waits until a session of this database waits for another one.
    func waitUntilSomebodyWaitsForALock() async throws {
        try await eventually("a session to wait for a lock") {
            try await self.count(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            ) > 0
        }
    }
}
