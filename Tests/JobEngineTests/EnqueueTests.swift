import Foundation
import JobEngine
import Postgres
import TestSupport
import Testing

@Suite("Promise 1: a job exists exactly if its transaction commits")
struct EnqueueTests {
    struct Undone: Error {}

    @Test func rolledBackEnqueueLeavesNothingAndTheCommittedOneRuns() async throws {
        try await withEngineWorld { world in
            let ran = EventLog<JobID>()
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: ran))
            let undone = EventLog<JobID>()
            await #expect(throws: Undone.self) {
                try await world.pool.transaction { connection in
                    undone.append(try await Ledger.enqueue(NewJob(Work()), on: connection))
                    throw Undone()
                }
            }
            let committed = try await world.pool.transaction { connection in
                try await Ledger.enqueue(NewJob(Work()), on: connection)
            }
            try await world.wait(for: committed, state: .done)
            #expect(ran.all == [committed])
            let ghost = try #require(undone.all.first)
            #expect(try await world.ledger.job(ghost) == nil)
        }
    }

    @Test func jobCommittedWhileTheRelaySleepsIsNoticed() async throws {
        try await withEngineWorld { world in
            let ran = EventLog<JobID>()
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: ran))
            // The first one shows that everything is up.
            try await world.wait(for: world.enqueue(Work()), state: .done)
            try await world.waitUntilTheRelaySleeps()
            let id = try await world.enqueue(Work(number: 2))
            try await ran.first("the job") { $0 == id }
        }
    }

    @Test func transactionThatOutlivesTheRelaysWakefulnessIsNoticedThoughItNotifiedNobody() async throws {
        try await withEngineWorld { world in
            let ran = EventLog<JobID>()
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: ran))
            try await world.wait(for: world.enqueue(Work()), state: .done)
            try await world.database.withConnection { holder in
                // As an awake relay does: the enqueue inside notifies nobody.
                _ = try await holder.query("SELECT pg_advisory_lock(7253, 1)")
                try await world.database.withConnection { caller in
                    try await caller.run(script: "BEGIN")
                    let id = try await Ledger.enqueue(NewJob(Work(number: 2)), on: caller)
                    _ = try await holder.query("SELECT pg_advisory_unlock(7253, 1)")
                    try await world.waitUntilTheRelaySleeps()
                    try await caller.run(script: "COMMIT")
                    try await ran.first("the job") { $0 == id }
                }
            }
        }
    }

    @Test func roleWithExecuteAloneMayEnqueueAndAskForTheState() async throws {
        try await withEngineWorld { world in
            try await world.database.withConnection { connection in
                let role = "caller_\(UUID().uuidString.prefix(8).lowercased())"
                try await connection.run(
                    script: """
                        CREATE ROLE \(role);
                        GRANT USAGE ON SCHEMA relais TO \(role);
                        GRANT EXECUTE ON FUNCTION relais.job_state(uuid),
                            relais.enqueue, relais.enqueue_many TO \(role);
                        SET ROLE \(role);
                        """
                )
                let rows = try await connection.query("SELECT relais.enqueue('test.work', '{\"number\": 1}') AS id")
                let id: UUID = try #require(rows.first).decode("id")
                let states = try await connection.query("SELECT relais.job_state(\(id)) AS state")
                #expect(try states.first?.decode("state", as: String.self) == "pending")
                await #expect(throws: PostgresError.self) {
                    _ = try await connection.query("SELECT id FROM relais.job")
                }
                try await connection.run(script: "RESET ROLE; DROP OWNED BY \(role); DROP ROLE \(role);")
            }
        }
    }

    @Test func roleWithoutExecuteMayNotEnqueue() async throws {
        try await withEngineWorld { world in
            try await world.database.withConnection { connection in
                let role = "stranger_\(UUID().uuidString.prefix(8).lowercased())"
                try await connection.run(
                    script: "CREATE ROLE \(role); GRANT USAGE ON SCHEMA relais TO \(role); SET ROLE \(role);"
                )
                let error = await #expect(throws: PostgresError.self) {
                    _ = try await connection.query("SELECT relais.enqueue('test.work')")
                }
                #expect(error?.sqlState == "42501")
                try await connection.run(script: "RESET ROLE; DROP OWNED BY \(role); DROP ROLE \(role);")
            }
        }
    }

    @Test func unknownKindIsRefusedWithAListOfTheKnownOnes() async throws {
        try await withEngineWorld { world in
            // The client keeps hints back, since others' quote rows: the server hands this one out as an answer.
            try await world.database.withConnection { connection in
                try await connection.run(
                    script: """
                        CREATE FUNCTION pg_temp.refusal() RETURNS text LANGUAGE plpgsql AS $$
                        DECLARE hint text;
                        BEGIN
                            PERFORM relais.enqueue('test.unknown');
                            RETURN 'no refusal';
                        EXCEPTION WHEN invalid_parameter_value THEN
                            GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
                            RETURN SQLERRM || ' ' || hint;
                        END $$
                        """
                )
                let rows = try await connection.query("SELECT pg_temp.refusal() AS text")
                let text = try rows.first?.decode("text", as: String.self)
                #expect(
                    text == """
                        relais.enqueue: expected a known kind, got 'test.unknown' \
                        Known kinds: test.brief, test.exclusive, test.once, test.single, test.urgent, test.waiting, \
                        test.work
                        """
                )
            }
        }
    }

    @Test(arguments: ["[]", "3", "null", #"{"text": "\#(String(repeating: "x", count: 66_000))"}"#])
    func argumentsThatAreNoObjectOfBoundedSizeAreRefused(_ arguments: String) async throws {
        try await withEngineWorld { world in
            await #expect(throws: PostgresError.self) {
                _ = try await world.ledger.enqueue(NewJob(kind: "test.work", arguments: JSON(arguments)))
            }
            let left = try await world.count("SELECT count(*) FROM relais.job")
            #expect(left == 0)
        }
    }

    @Test(arguments: [
        ("run_at", "infinity"), ("deadline", "infinity"), ("deadline", "-infinity"),
        ("run_at", "294276-12-31 23:59:59+00"), ("run_at", "4714-11-24 00:00:00+00 BC"),
        ("run_at", "1999-12-31 23:59:59+00"), ("deadline", "10000-01-01 00:00:00+00"),
    ])
    func instantsThatNoAnswerCouldWriteAreRefusedAtTheDoor(_ field: String, _ instant: String) async throws {
        try await withEngineWorld { world in
            let many = "[{\"kind\": \"test.work\", \"arguments\": {\"number\": 1}, \"\(field)\": \"\(instant)\"}]"
            let calls = [
                (
                    "relais.enqueue('test.work', '{\"number\": 1}', \(field) => '\(instant)')",
                    "relais.enqueue: expected \(field) to be"
                ),
                ("relais.enqueue_many('\(many)')", "relais.enqueue_many: jobs[0].\(field): expected"),
            ]
            for (call, words) in calls {
                try await world.database.withConnection { connection in
                    let error = await #expect(throws: PostgresError.self) {
                        try await connection.run(script: "SELECT \(call)")
                    }
                    let expected = "\(words) an instant from 2000 to 9999 such as 2026-09-01T07:00:00Z"
                    #expect(error?.sqlState == "22023")
                    #expect(error?.message.hasPrefix(expected) == true, "\(error?.message ?? "")")
                }
            }
        }
    }

    @Test(arguments: [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
        ("eleve@example.test", false), (String(repeating: "x", count: 100_000), false),
    ])
    func traceparentIsKeptOnlyInItsShape(_ text: String, _ isKept: Bool) async throws {
        try await withEngineWorld { world in
            _ = try await world.pool.query(
                """
                SELECT FROM relais.enqueue('test.work', '{"number": 1}', traceparent => \(text)),
                    relais.enqueue_many(jsonb_build_array(jsonb_build_object('kind', 'test.work', 'arguments',
                        jsonb_build_object('number', 2), 'traceparent', \(text)::text)))
                """
            )
            let kept = try await world.pool.query("SELECT traceparent FROM relais.job")
            let texts = try kept.map { try $0.decode("traceparent", as: String?.self) }
            #expect(texts == [isKept ? text : nil, isKept ? text : nil])
        }
    }

    @Test func traceparentThatNoHeaderCanCarryDoesNotStopItsNeighbours() async throws {
        try await withEngineWorld { world in
            let ran = EventLog<JobID>()
            let rows = try await world.pool.query(
                """
                SELECT relais.enqueue('test.work', '{"number": 1}', traceparent => repeat('x', 40000)) AS odd,
                    relais.enqueue('test.work', '{"number": 2}') AS usual
                """
            )
            let row = try #require(rows.first)
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: ran))
            try await world.wait(for: JobID(row.decode("usual")), state: .done)
            try await world.wait(for: JobID(row.decode("odd")), state: .done)
        }
    }
}

extension EngineWorld {
    /// Waits until no relay holds the lock that says "awake".
    func waitUntilTheRelaySleeps() async throws {
        try await eventually("the relay to fall asleep") {
            try await self.count(
                """
                SELECT count(*) FROM pg_locks
                WHERE locktype = 'advisory' AND classid = 7253 AND objid = 1 AND mode = 'ExclusiveLock'
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """
            ) == 0
        }
    }
}
