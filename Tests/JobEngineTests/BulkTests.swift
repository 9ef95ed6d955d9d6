import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Many jobs in one statement: all of them or none")
struct BulkTests {
    private func many(_ jobs: String, key: String? = nil, on connection: PostgresConnection) async throws -> [UUID] {
        try await connection.query("SELECT id FROM relais.enqueue_many(\(JSON(jobs)), \(key)) AS id")
            .map { try $0.decode("id") }
    }

    @Test(arguments: [
        (#"{"kind": "test.unknown"}"#, "jobs[1].kind: expected a known kind, got 'test.unknown'"),
        (#"{"arguments": {}}"#, "jobs[1].kind: expected a known kind, got NULL"),
        (
            #"{"kind": "test.work", "arguments": 3}"#,
            "jobs[1].arguments: expected arguments to be a JSON object, got number"
        ),
        (
            #"{"kind": "test.work", "arguments": {"number": "ana@example.test"}}"#,
            "jobs[1].arguments: number: expected a positive integer, got a string"
        ),
        (
            #"{"kind": "test.work", "arguments": {"ana@example.test": 1}}"#,
            "jobs[1].arguments: expected only number, got an unknown argument"
        ),
        (#"{"kind": "test.work", "run_at": "ana@example.test"}"#, "jobs[1].run_at: expected an instant"),
        (#"{"kind": "test.work", "deadline": "infinity"}"#, "jobs[1].deadline: expected an instant"),
        (#"{"kind": "test.work", "subject": "ana@example.test"}"#, "jobs[1].subject: expected an integer"),
        (#"{"kind": "test.work", "unique_key": ""}"#, "jobs[1].unique_key: expected a unique_key of 1 to 255"),
        (#"{"kind": "test.work", "ana@example.test": 1}"#, "jobs[1]: expected only kind, arguments"),
        ("3", "jobs[1]: expected an object, got a JSON number"),
    ])
    func aBulkWithOneFaultEnqueuesNothingAndNamesIt(_ job: String, _ words: String) async throws {
        try await withEngineWorld { world in
            let good = #"{"kind": "test.work", "arguments": {"number": 1}}"#
            let error = await #expect(throws: PostgresError.self) {
                try await world.pool.withConnection { _ = try await many("[\(good), \(job), \(good)]", on: $0) }
            }
            let message = try #require(error?.message)
            #expect(message.hasPrefix("relais.enqueue_many: " + words), "\(message)")
            #expect(!message.contains("example.test"))
            #expect(try await world.count("SELECT count(*) FROM relais.job") == 0)
        }
    }

    @Test func tenThousandJobsComeBackInTheirOrderAndOneMoreIsRefused() async throws {
        try await withEngineWorld { world in
            let job = { (number: Int) in
                #"{"kind": "test.work", "arguments": {"number": \#(number)}, "subject": \#(number)}"#
            }
            let jobs = (1...10_000).map(job)
            try await world.pool.withConnection { connection in
                let ids = try await many("[\(jobs.joined(separator: ","))]", on: connection)
                #expect(Set(ids).count == 10_000)
                let rows = try await connection.query(
                    """
                    SELECT count(*) AS fitting FROM unnest(\(ids)) WITH ORDINALITY AS made(id, n)
                    JOIN relais.job j USING (id) WHERE j.subject = n AND (j.arguments ->> 'number')::int = n
                    """
                )
                #expect(try rows.first?.decode("fitting", as: Int.self) == 10_000)
                let error = await #expect(throws: PostgresError.self) {
                    _ = try await many("[\((jobs + [job(10_001)]).joined(separator: ","))]", on: connection)
                }
                #expect(error?.sqlState == "54000")
            }
            #expect(try await world.count("SELECT count(*) FROM relais.job") == 10_000)
        }
    }

    /// What a session has planned for an empty ledger reads the whole of a full one, for each job that it looks for.
    @Test func sessionsPlanAnewWhenABulkHasFilledTheLedger() async throws {
        try await withEngineWorld { world in
            try await world.pool.withConnection { connection in
                // The server would do it by itself, but not before a minute is over.
                try await connection.run(script: "ALTER TABLE relais.job SET (autovacuum_enabled = off)")
                try await connection.run(script: "VACUUM relais.job")
                try await connection.run(
                    script: """
                        SET plan_cache_mode = force_generic_plan;
                        PREPARE look (uuid) AS SELECT FROM relais.job WHERE id = $1
                        """
                )
                func readsAll() async throws -> Bool {
                    try await connection.query("EXPLAIN EXECUTE look (gen_random_uuid())")
                        .contains { try $0.decode(at: 0, as: String.self).contains("Seq Scan") }
                }
                #expect(try await readsAll())
                try await world.enqueue(5000, of: Work.self)
                #expect(try await readsAll())
                _ = try world.startProducer(relay: false)
                try await eventually("another plan") { try await !readsAll() }
            }
        }
    }

    @Test func requestsOfABulkThatAreTheSameGetTheSameJob() async throws {
        try await withEngineWorld { world in
            let held = try await world.enqueue(Once(number: 2))
            let made = try await world.pool.withConnection { connection in
                try await Ledger.enqueue(
                    [NewJob(Once()), NewJob(Once(number: 2)), NewJob(Work()), NewJob(Once()), NewJob(Work())],
                    on: connection
                )
            }
            #expect(made.map(\.isExisting) == [false, true, false, true, false])
            #expect(made[0].id == made[3].id)
            #expect(made[1].id == held)
            #expect(made[2].id != made[4].id)
        }
    }

    @Test func bulksThatShareKeysInOppositeOrderDoNotWaitForEachOther() async throws {
        try await withEngineWorld { world in
            for turn in 0..<10 {
                let jobs = try (1...200).map { try NewJob(Once(number: turn * 200 + $0)) }
                async let up = world.pool.withConnection { try await Ledger.enqueue(jobs, on: $0) }
                async let down = world.pool.withConnection { try await Ledger.enqueue(jobs.reversed(), on: $0) }
                let (first, second) = try await (up, down)
                #expect(first.map(\.id) == second.reversed().map(\.id))
            }
        }
    }

    @Test func aRepeatedCallWithItsKeyMakesNothingAndAnotherOneIsRefused() async throws {
        try await withEngineWorld { world in
            try await world.pool.withConnection { connection in
                func one(_ number: Int, key: String) async throws -> UUID {
                    let rows = try await connection.query(
                        """
                        SELECT relais.enqueue('test.work', jsonb_build_object('number', \(number)),
                            run_at => clock_timestamp(), idempotency_key => \(key)) AS id
                        """
                    )
                    return try #require(rows.first).decode("id")
                }
                let first = try await one(1, key: "k")
                #expect(try await one(1, key: "k") == first)
                #expect(try await one(1, key: "l") != first)
                let error = await #expect(throws: PostgresError.self) { _ = try await one(2, key: "k") }
                #expect(error?.sqlState == "22023")
                let jobs = #"[{"kind": "test.work"}, {"kind": "test.urgent"}]"#
                let bulk = try await many(jobs, key: "k", on: connection)
                #expect(try await many(jobs, key: "k", on: connection) == bulk)
                // A day later the key is free, whether or not anybody has deleted it.
                _ = try await connection.execute(
                    "UPDATE relais.enqueue_answer SET created_at = created_at - interval '24 hours'"
                )
                #expect(try await one(2, key: "k") != first)
                let rows = try await connection.query("SELECT count(*) AS jobs FROM relais.job")
                #expect(try rows.first?.decode("jobs", as: Int.self) == 5)
            }
        }
    }

    @Test func callsAtOnceWithOneKeyMakeOneJob() async throws {
        try await withEngineWorld { world in
            let ids = try await withThrowingTaskGroup(of: UUID.self) { group in
                for _ in 1...8 {
                    group.addTask {
                        let rows = try await world.pool.query(
                            "SELECT relais.enqueue('test.work', idempotency_key => 'k') AS id"
                        )
                        return try #require(rows.first).decode("id")
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try await world.count("SELECT count(*) FROM relais.job") == 1)
        }
    }
}
