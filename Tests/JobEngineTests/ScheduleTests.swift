import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Schedules")
struct ScheduleTests {
    private static let act = Act(actor: "cli:test@host", reason: "a test")

    private static func nightly(_ expression: String = "30 2 * * *") -> ScheduleDefinition {
        ScheduleDefinition("nightly", expression, zone: "Europe/Paris", Work())
    }

    // MARK: - Once, whoever looks

    @Test(arguments: [
        // The whole night of the change, and the mornings around it.
        ("2027-03-27T12:00:00Z", "2027-03-29T12:00:00Z", ["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"]),
        ("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
    ])
    func twoSchedulersFireEveryTickOfAClockChangeOnce(_ start: String, _ end: String, _ expected: [String]) async throws
    {
        try await withScheduleWorld([Self.nightly()], at: start) { world in
            let others = [world.scheduler(), world.scheduler()]
            var instant = try Date(start, strategy: .iso8601)
            let end = try Date(end, strategy: .iso8601)
            while instant < end {
                instant += 15 * 60
                try await world.set(clock: instant)
                await withTaskGroup(of: Void.self) { group in
                    for other in others { group.addTask { await other.turn() } }
                }
            }
            #expect(try await world.firedTicks() == expected)
            #expect(try await world.engine.count("SELECT count(*) FROM relais.job") == expected.count)
        }
    }

    @Test func twoSchedulersFireEveryTickOfTenMinutesOnceThroughTheDoubledHour() async throws {
        let schedule = Self.nightly("*/10 * * * *")
        try await withScheduleWorld([schedule], at: "2026-10-24T23:55:00Z") { world in
            let others = [world.scheduler(), world.scheduler()]
            for minute in 1...185 {
                try await world.set(clock: Date("2026-10-24T23:55:00Z", strategy: .iso8601) + Double(minute * 60))
                await withTaskGroup(of: Void.self) { group in
                    for other in others { group.addTask { await other.turn() } }
                }
            }
            let ticks = try await world.firedTicks()
            #expect(ticks.count == 19 && Set(ticks).count == 19, "\(ticks)")
            #expect(try await world.engine.count("SELECT count(*) FROM relais.job") == 19)
        }
    }

    @Test func aSchedulerKilledBetweenTwoTicksLeavesTheNextOneToTheOther() async throws {
        try await withScheduleWorld([Self.nightly("* * * * *")], at: "2027-01-01T00:00:30Z") { world in
            let first = try world.engine.startScheduler(clock: ScheduleWorld.clock)
            let second = try world.engine.startScheduler(clock: ScheduleWorld.clock)
            for (minute, victim) in zip(1..., [first, second]) {
                try await world.set(clock: Date("2027-01-01T00:00:30Z", strategy: .iso8601) + Double(minute * 60))
                try await eventually("tick \(minute)") { try await world.firedTicks().count == minute }
                try await victim.kill()
                if victim === first { continue }
                try world.engine.startScheduler(clock: ScheduleWorld.clock)
            }
            try await world.set(clock: Date("2027-01-01T00:03:30Z", strategy: .iso8601))
            try await eventually("tick 3") { try await world.firedTicks().count == 3 }
            #expect(
                try await world.firedTicks() == [
                    "2027-01-01T00:01:00Z", "2027-01-01T00:02:00Z", "2027-01-01T00:03:00Z",
                ]
            )
            #expect(try await world.engine.count("SELECT count(*) FROM relais.job") == 3)
        }
    }

    @Test func afterHoursOfStandstillOnlyTheLatestMissedTickFires() async throws {
        try await withScheduleWorld([Self.nightly("*/10 * * * *")], at: "2027-01-01T00:05:00Z") { world in
            try await world.set(clock: Date("2027-01-01T09:13:00Z", strategy: .iso8601))
            let others = (1...4).map { _ in world.scheduler() }
            await withTaskGroup(of: Void.self) { group in
                for other in others { group.addTask { await other.turn() } }
            }
            await others[0].turn()
            #expect(try await world.firedTicks() == ["2027-01-01T09:10:00Z"])
            #expect(try await world.engine.count("SELECT count(*) FROM relais.job") == 1)
            let schedule = try #require(await world.engine.ledger.schedules().first)
            #expect(schedule.nextTick.formatted(.iso8601) == "2027-01-01T09:20:00Z")
        }
    }

    @Test func aTickWhoseEnqueueFailsIsTriedAgainAndKeepsNoOtherFromFiring() async throws {
        let other = ScheduleDefinition("other", "0 3 * * *", zone: "UTC", Urgent())
        try await withScheduleWorld([Self.nightly("0 3 * * *"), other], at: "2027-01-01T00:00:00Z") { world in
            let pool = world.engine.pool
            _ = try await pool.execute("ALTER TABLE relais.job ADD CONSTRAINT no_work CHECK (kind <> 'test.work')")
            try await world.set(clock: Date("2027-01-01T04:00:00Z", strategy: .iso8601))
            let scheduler = world.scheduler()
            await scheduler.turn()
            #expect(try await world.engine.count("SELECT count(*) FROM relais.job") == 1)
            _ = try await pool.execute("ALTER TABLE relais.job DROP CONSTRAINT no_work")
            await scheduler.turn()
            await scheduler.turn()
            #expect(try await world.engine.count("SELECT count(*) FROM relais.job WHERE kind = 'test.work'") == 1)
            #expect(try await world.engine.count("SELECT count(*) FROM relais.job") == 2)
        }
    }

    // MARK: - Operators

    @Test func aScheduleThatIsOffDoesNotFireAndCatchesNothingUpWhenItIsOnAgain() async throws {
        try await withScheduleWorld([Self.nightly()], at: "2027-01-01T00:00:00Z") { world in
            let ledger = world.engine.ledger
            #expect(try await ledger.setSchedule("nightly", enabled: false, Self.act))
            // A release in between must not switch it on.
            try await world.register([Self.nightly()])
            try await world.set(clock: Date("2027-01-05T00:00:00Z", strategy: .iso8601))
            await world.scheduler().turn()
            #expect(try await world.engine.count("SELECT count(*) FROM relais.job") == 0)

            let before = Date.now
            #expect(try await ledger.setSchedule("nightly", enabled: true, Self.act))
            let schedule = try #require(await ledger.schedules().first)
            #expect(schedule.isEnabled && schedule.nextTick > before)
            let actions = try await ledger.audit(target: "schedule:nightly", limit: 10).map(\.action)
            #expect(actions == ["schedule.enable", "schedule.disable"])
            #expect(try await !ledger.setSchedule("nobody", enabled: true, Self.act))
        }
    }

    @Test func runNowEnqueuesOnceMovesNoTickAndIsAudited() async throws {
        try await withScheduleWorld([Self.nightly()], at: "2027-01-01T00:00:00Z") { world in
            let ledger = world.engine.ledger
            let before = try #require(await ledger.schedules().first)
            let job = try #require(await ledger.runSchedule("nightly", Self.act))
            let after = try #require(await ledger.schedules().first)
            #expect(after.nextTick == before.nextTick && after.lastTick == nil)
            #expect(after.lastJob == job.id && after.lastState == .pending)
            let audit = try await ledger.audit(target: "schedule:nightly", limit: 10)
            #expect(audit.map(\.action) == ["schedule.run"] && audit.first?.detail.text.contains("\(job.id)") == true)
            #expect(try await ledger.runSchedule("nobody", Self.act) == nil)
        }
    }

    // MARK: - Releases

    @Test func aReleaseKeepsTheTickThatWaitsUnlessTheExpressionChanges() async throws {
        try await withScheduleWorld([Self.nightly()], at: "2027-01-01T00:00:00Z") { world in
            let ledger = world.engine.ledger
            _ = try await world.engine.pool.execute("UPDATE relais.schedule SET next_tick = '2020-01-01T00:00:00Z'")
            try await world.register([Self.nightly()])
            #expect(try await ledger.schedules().first?.nextTick.formatted(.iso8601) == "2020-01-01T00:00:00Z")
            let before = Date.now
            try await world.register([Self.nightly("15 4 * * *")])
            let changed = try await ledger.schedules()
            #expect(changed.count == 1 && changed.allSatisfy { $0.nextTick > before })
            try await world.register([])
            let left = try await ledger.schedules()
            #expect(left.isEmpty)
        }
    }

    @Test func aCatalogueWithAWrongExpressionIsRefusedWhole() async throws {
        try await withScheduleWorld([Self.nightly()], at: "2027-01-01T00:00:00Z") { world in
            await #expect(throws: CronExpression.Fault.self) {
                try await world.register([Self.nightly("0 25 * * *")])
            }
            let expressions = try await world.engine.ledger.schedules().map(\.expression)
            #expect(expressions == ["30 2 * * *"])
        }
    }
}
