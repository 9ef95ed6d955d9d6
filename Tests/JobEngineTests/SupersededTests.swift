import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("A way back to pending takes its unique key again, or ends superseded")
struct SupersededTests {
    enum Way: String, CaseIterable, Sendable {
        case failure, snooze, nothing, crash
    }

    @Test(arguments: Way.allCases)
    func aReturnWhoseKeyIsTakenEndsSupersededAndIsCharged(_ way: Way) async throws {
        try await withEngineWorld { world in
            let (first, process) = try await world.claimWaiting()
            let progress = ProgressSQL.report(id: first.id, claim: first.claim, done: 1, total: 2)
            #expect(try await world.pool.execute(progress) == 1)
            let second = try await world.enqueue(Waiting())
            let moved = try await world.sendBack([first], way, process)
            #expect(try await world.count("SELECT count(*) FROM relais.progress") == 0)
            #expect(moved == [first.id])
            let ended = try await world.job(first.id)
            #expect(ended.state == .obsolete && ended.reason == "superseded")
            #expect(ended.failures == (way == .failure ? 1 : 0))
            #expect(ended.snoozes == (way == .snooze ? 1 : 0))
            #expect(ended.crashes == (way == .crash ? 1 : 0))
            #expect(try await world.job(second).state == .pending)
        }
    }

    @Test(arguments: Way.allCases)
    func aReturnWhoseKeyIsFreeHoldsItAgain(_ way: Way) async throws {
        try await withEngineWorld { world in
            let (first, process) = try await world.claimWaiting()
            #expect(try await world.sendBack([first], way, process) == [first.id])
            #expect(try await world.job(first.id).state == .pending)
            #expect(try await world.enqueue(Waiting()) == first.id)
        }
    }

    @Test func ofTwoReturnsOfOneKeyTheLaterRequestGoesOn() async throws {
        try await withEngineWorld { world in
            let (first, process) = try await world.claimWaiting()
            let (second, _) = try await world.claimWaiting(process: process)
            let moved = try await world.sendBack([second, first], .nothing, process)
            #expect(moved == [first.id, second.id])
            #expect(try await world.job(first.id).reason == "superseded")
            #expect(try await world.job(second.id).state == .pending)
        }
    }

    @Test func aKeyThatIsTakenDuringTheReturnSupersedesItAllTheSame() async throws {
        try await withEngineWorld { world in
            let (first, process) = try await world.claimWaiting()
            let (neighbour, _) = try await world.claimOne()
            try await world.database.withConnection { taker in
                // A return waits between its look and its write, without the limit that it has for other waits.
                try await taker.run(
                    script: """
                        CREATE FUNCTION test_wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                            PERFORM set_config('lock_timeout', '0', true);
                            PERFORM pg_advisory_xact_lock_shared(1);
                            RETURN new;
                        END $$;
                        CREATE TRIGGER wait BEFORE UPDATE OF state ON relais.job FOR EACH ROW
                            WHEN (old.state = 'running') EXECUTE FUNCTION test_wait();
                        SELECT pg_advisory_lock(1);
                        """
                )
                let returning = Task { try await world.sendBack([first, neighbour], .failure, process) }
                try await world.waitUntilSomebodyWaitsForALock()
                let second = try await Ledger.enqueue(NewJob(Waiting()), on: taker)
                try await taker.run(script: "SELECT pg_advisory_unlock(1)")
                #expect(try await returning.value == [first.id, neighbour.id])
                #expect(try await world.job(first.id).reason == "superseded")
                #expect(try await world.ledger.failures(of: first.id).count == 1, "the first look left nothing behind")
                #expect(try await world.job(second).state == .pending)
                #expect(try await world.job(neighbour.id).state == .pending)
            }
        }
    }

    @Test(arguments: [Way.failure, .crash])
    func aTransactionLeftOpenWithTheKeyHoldsNoReturnUp(_ way: Way) async throws {
        try await withEngineWorld { world in
            let (first, process) = try await world.claimWaiting()
            try await world.database.withConnection { taker in
                try await taker.run(script: "BEGIN")
                let second = try await Ledger.enqueue(NewJob(Waiting()), on: taker)
                // Whoever waited for the transaction would wait here for ever.
                #expect(try await world.sendBack([first], way, process) == [first.id])
                #expect(try await world.job(first.id).state == .pending, "whoever has the key may still roll back")
                try await taker.run(script: "COMMIT")
                #expect(try await world.job(second).state == .pending)
            }
        }
    }
}

extension EngineWorld {
    /// A claimed job whose key is free again.
    fileprivate func claimWaiting(process known: Int64? = nil) async throws -> (ClaimedJob, Int64) {
        var process = known
        if process == nil { process = try await registerProcess() }
        let number = try #require(process)
        return (try await claim(enqueue(Waiting()), process: number), number)
    }

    fileprivate func sendBack(
        _ jobs: [ClaimedJob],
        _ way: SupersededTests.Way,
        _ process: Int64
    ) async throws -> Set<JobID> {
        guard let charge = Return.Charge(rawValue: way.rawValue) else { return try await ledger.rescue(from: process) }
        return try await ledger.giveBack(
            jobs.map {
                Return(id: $0.id, claim: $0.claim, charge: charge, reason: "broken", errorClass: "test")
            }
        )
    }
}
