import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// Sweeps that are stopped, killed, run twice, meet an answer, or are asked for too much.
@Suite struct ExpirySweepFaultTests {
    private static let overdue = "now() - interval '20 days'"
    private static let force = #"{"force": true}"#

    struct Load: Sendable, CustomTestStringConvertible {
        let due: Int
        let young: Int
        let arguments: String
        let stops: Bool
        var testDescription: String { "\(due) due of \(due + young), \(arguments)" }
    }

    @Test(arguments: [
        Load(due: 1001, young: 1000, arguments: "{}", stops: true),
        Load(due: 1001, young: 1001, arguments: "{}", stops: false),
        Load(due: 1000, young: 0, arguments: "{}", stops: false),
        Load(due: 1001, young: 0, arguments: #"{"limit": 1000}"#, stops: false),
        Load(due: 1001, young: 1000, arguments: force, stops: false),
    ])
    func aMassExpiryWaitsForAnOperator(_ load: Load) async throws {
        try await WorkersWorld.run { world in
            try await world.run(script: PlatformFixture.waiting(10001...10000 + load.due, submitted: Self.overdue))
            if load.young > 0 {
                try await world.run(script: PlatformFixture.waiting(20001...20000 + load.young, submitted: "now()"))
            }
            try await world.run(script: "DELETE FROM statistics.stale")
            let job = try await world.perform("application.expiry-sweep", load.arguments)
            if load.stops {
                #expect(job.state == .dead)
                #expect(job.reason?.hasPrefix("guard") == true)
                #expect(try await world.expired() == [])
                #expect(try await world.noticed() == [])
                #expect(try await world.integer("SELECT count(*) FROM statistics.stale") == 0)
            } else {
                #expect(job.state == .done)
                let expected = load.arguments.contains("limit") ? 1000 : load.due
                #expect(try await world.expired().count == expected)
                #expect(try await world.noticed().count == expected)
            }
        }
    }

    /// A row that another release has let in; the limits are those of intake all the same.
    @Test(arguments: [
        (#"{"limit": -1}"#, "limit: expected an integer from 1 to 10000000, got an integer out of range"),
        (#"{"limit": -9223372036854775808}"#, "limit: expected an integer from 1 to 10000000"),
        (#"{"limit": 9223372036854775807}"#, "limit: expected an integer from 1 to 10000000"),
        (#"{"limit": 1e300}"#, "limit: expected an integer from 1 to 10000000, got a number"),
        (#"{"dry_run": "yes"}"#, "dry_run: expected true or false, got a string"),
        (#"{"marie.curie": 1}"#, "expected only dry_run, limit, force, got an unknown argument"),
    ])
    func argumentsBeyondTheLimitsOfTheKindMakeTheJobDead(_ arguments: String, _ reason: String) async throws {
        try await WorkersWorld.run { world in
            try await world.run(script: PlatformFixture.waiting(10001...10002, submitted: Self.overdue))
            let id = try await world.enqueue("application.expiry-sweep", arguments)
            let job = try await world.worker.claim(id)
            // Expired by an earlier attempt of the same sweep: what it did counts towards the limit.
            let instant = job.firstClaimedAt
            _ = try await world.pool.execute(
                "UPDATE platform.application SET state = 'expired', expired_at = \(instant) WHERE id = 10001"
            )
            let record = try await world.worker.run(job)
            #expect(record.state == .dead)
            #expect(record.reason?.contains(reason) == true, "\(record.reason ?? "")")
            #expect(record.reason?.contains("curie") == false)
            #expect(try await world.expired() == [10001])
        }
    }

    /// The stop comes after the first chunk has committed, while the sweep tells how far it is.
    @Test(arguments: [nil, 1500])
    func aSweepStoppedBetweenChunksGoesOnWhereItWas(_ limit: Int?) async throws {
        try await WorkersWorld.run { world in
            try await world.run(script: PlatformFixture.waiting(10001...12500, submitted: Self.overdue))
            let id = try await world.enqueue(
                "application.expiry-sweep",
                limit.map { #"{"force": true, "limit": \#($0)}"# } ?? Self.force
            )
            let job = try await world.worker.claim(id)
            try await world.database.withConnection { other in
                try await other.run(script: "BEGIN; LOCK TABLE relais.progress IN EXCLUSIVE MODE")
                let running = Task { try await world.worker.run(job) }
                try await world.untilSomebodyWaits(for: "relais.progress")
                #expect(try await world.expired().count == 1000)
                world.worker.stop()
                let stopped = try await running.value
                #expect(stopped.state == .pending)
                #expect(stopped.failures == 0)
                try await other.run(script: "COMMIT")
            }
            let done = try await world.worker.attempt(id)
            #expect(done.state == .done)
            let all = limit ?? 2500
            #expect(try await world.expired() == Array(10001...10000 + all))
            #expect(try await world.noticed() == Array(10001...10000 + all))
            #expect(done.result?.text.contains(#""expired": \#(all)"#) == true)
            let instants = try await world.integer(
                "SELECT count(DISTINCT expired_at) FROM platform.application WHERE state = 'expired'"
            )
            #expect(instants == 1)
        }
    }

    /// The session dies in the middle of the second chunk, as it does with its process.
    @Test func aSweepKilledInAChunkLeavesNoHalfOfIt() async throws {
        try await WorkersWorld.run { world in
            try await world.run(script: PlatformFixture.waiting(10001...12500, submitted: Self.overdue))
            let job = try await world.worker.claim(try await world.enqueue("application.expiry-sweep", Self.force))
            let failed = try await world.killedInItsSecondChunk(job)
            #expect(failed.state == .pending)
            // A session that is ended is not its fault.
            #expect(failed.failures == 0)
            #expect(try await world.expired() == Array(10001...11000))
            #expect(try await world.noticed() == Array(10001...11000))
            #expect(try await world.worker.attempt(job.id).state == .done)
            #expect(try await world.expired() == Array(10001...12500))
            #expect(try await world.noticed() == Array(10001...12500))
        }
    }

    @Test func twoSweepsAtOnceEndTheSameAsOne() async throws {
        try await WorkersWorld.run { world in
            try await world.run(script: PlatformFixture.waiting(10001...13500, submitted: Self.overdue))
            let first = try await world.worker.claim(try await world.enqueue("application.expiry-sweep", Self.force))
            // Another request: the same one would be the same job.
            let limited = #"{"force": true, "limit": 10000000}"#
            let second = try await world.worker.claim(try await world.enqueue("application.expiry-sweep", limited))
            async let one = world.worker.run(first)
            async let other = world.worker.run(second)
            let results = try await [one, other]
            #expect(results.map(\.state) == [.done, .done])
            #expect(try await world.expired() == Array(10001...13500))
            #expect(try await world.noticed() == Array(10001...13500))
        }
    }

    @Test func anApplicationThatIsBeingAnsweredIsNotExpiredByForce() async throws {
        try await WorkersWorld.run { world in
            try await world.run(script: PlatformFixture.waiting(11...13, submitted: Self.overdue))
            try await world.database.withConnection { owner in
                // The owner's answer is written and not yet committed.
                try await owner.run(
                    script: """
                        BEGIN; UPDATE platform.application SET state = 'approved', approved_at = now() WHERE id = 12
                        """
                )
                #expect(try await world.perform("application.expiry-sweep", Self.force).state == .done)
                #expect(try await world.expired() == [11, 13])
                try await owner.run(script: "COMMIT")
            }
            #expect(try await world.perform("application.expiry-sweep", Self.force).state == .done)
            #expect(try await world.expired() == [11, 13])
            #expect(try await world.noticed() == [11, 13])
        }
    }

    @Test func aChunkOfALostClaimLeavesNeitherExpiryNorNoticeNorMark() async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: PlatformFixture.waiting(11...13, submitted: Self.overdue) + "DELETE FROM statistics.stale"
            )
            let job = try await world.worker.claim(try await world.enqueue("application.expiry-sweep"))
            try await world.run(script: "UPDATE relais.job SET claim = gen_random_uuid()")
            let record = try await world.worker.run(job)
            #expect(record.state == .running)
            #expect(record.failures == 0)
            #expect(try await world.expired() == [])
            #expect(try await world.noticed() == [])
            #expect(try await world.integer("SELECT count(*) FROM statistics.stale") == 0)
        }
    }

    @Test func theFiguresOfTheExpiredAreStaleAndARefreshCountsThem() async throws {
        let history = try await Repository.run("Tests/Recount/history", ["--create", "--seed", "11"])
        try await WorkersWorld.run(fixture: history.output) { world in
            #expect(try await world.perform("statistics.refresh").state == .done)
            try await world.run(
                script: "UPDATE platform.application SET submitted_at = \(Self.overdue) WHERE state = 'submitted'"
            )
            #expect(try await world.integer("SELECT count(*) FROM statistics.stale") == 0)
            let before = try await world.expired().count
            #expect(try await world.perform("application.expiry-sweep").state == .done)
            #expect(try await world.expired().count > before)
            #expect(try await world.integer("SELECT count(*) FROM statistics.stale") > 0)
            #expect(try await world.perform("statistics.refresh").state == .done)
            let recount = try await Repository.run(
                "deploy/platform/recount",
                ["--database", world.database.conninfo]
            )
            #expect(recount.status == 0, "\(recount.output)")
        }
    }
}
