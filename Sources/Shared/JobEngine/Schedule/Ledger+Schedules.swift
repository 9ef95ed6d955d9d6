import Foundation
import Postgres

extension Ledger {
    /// All schedules, by name.
    package func schedules() async throws -> [ScheduleStatus] {
        try await durable.query(ScheduleSQL.list, as: "list schedules", timeout: .seconds(10)).map(ScheduleStatus.init)
    }

    /// Makes exactly these schedules known. What operators switched off stays off.
    ///
    /// - Throws: ``CronExpression/Fault`` when an expression or a zone is wrong.
    static func register(_ schedules: [ScheduleDefinition], on connection: PostgresConnection) async throws {
        let now = try await connection.query(ScheduleSQL.now).first?.decode("now", as: Date.self)
        guard let now else { throw LedgerError.unexpectedAnswer("register schedules: expected an instant, got no row") }
        for schedule in schedules {
            let next = try Ticks(schedule.expression, zone: schedule.zone).first(after: now)
            let arguments = try JSON(encoding: schedule.arguments)
            _ = try await connection.execute(
                ScheduleSQL.register(schedule, arguments: arguments, nextTick: next)
            )
        }
        _ = try await connection.execute(ScheduleSQL.forgetAll(but: schedules.map(\.name)))
    }

    // MARK: - Acts of operators

    /// Enqueues a schedule's job now, disabled or not; its ticks stay as they are. nil when there is no such schedule.
    package func runSchedule(_ name: String, _ act: Act) async throws -> EnqueuedJob? {
        try await durable.transaction(as: "schedule.run", timeout: .seconds(30)) { connection in
            guard let row = try await connection.query(ScheduleSQL.lock(name)).first else { return nil }
            let job = NewJob(kind: try row.decode("kind"), arguments: try row.decode("arguments"))
            let made = try await Self.enqueueForSchedule(name, job, on: connection)
            let detail: JSONValue = .object([
                "job": .string("\(made.id)"), "was_waiting_already": .boolean(made.isExisting),
            ])
            try await Self.audit(act.entry("schedule.run", on: "schedule:\(name)", detail), on: connection)
            return made
        }
    }

    /// Switches a schedule on or off; false when there is no such schedule. Ticks that pass while it is off are not missed
    /// ones: nothing is caught up.
    package func setSchedule(_ name: String, enabled: Bool, _ act: Act) async throws -> Bool {
        let action = enabled ? "schedule.enable" : "schedule.disable"
        return try await durable.transaction(as: action, timeout: .seconds(30)) { connection in
            guard let row = try await connection.query(ScheduleSQL.lock(name)).first else { return false }
            let was = try row.decode("enabled", as: Bool.self)
            if enabled, !was {
                let ticks = try Ticks(try row.decode("expression"), zone: try row.decode("zone"))
                let next = ticks.first(after: try row.decode("now"))
                _ = try await connection.execute(ScheduleSQL.enable(name, nextTick: next))
            } else if !enabled {
                _ = try await connection.execute(ScheduleSQL.disable(name))
            }
            let detail: JSONValue = .object(["was_enabled": .boolean(was)])
            try await Self.audit(act.entry(action, on: "schedule:\(name)", detail), on: connection)
            return true
        }
    }

    // MARK: - Firing

    /// What is due by `clock`.
    func dueTicks(at clock: SQL) async throws -> [DueTick] {
        try await relaxed.query(ScheduleSQL.due(at: clock), as: "look for due schedules", timeout: .seconds(10))
            .map(DueTick.init)
    }

    /// Fires the latest of the ticks that are due, once, whoever else tries: the row moves on in the transaction of the
    /// enqueue. nil when another process was first, or an operator has switched the schedule off meanwhile.
    func fire(_ tick: DueTick) async throws -> EnqueuedJob? {
        let (fired, next) = try tick.latestAndNext()
        return try await durable.transaction(as: "fire schedule", timeout: .seconds(30)) { connection in
            guard let row = try await connection.query(ScheduleSQL.take(tick, fired: fired, next: next)).first else {
                return nil
            }
            let job = NewJob(kind: try row.decode("kind"), arguments: try row.decode("arguments"))
            return try await Self.enqueueForSchedule(tick.schedule, job, on: connection)
        }
    }

    /// Another transaction that holds the job's unique key is awaited for a second: longer, and one that somebody left
    /// open would keep the other schedules from firing.
    private static func enqueueForSchedule(
        _ name: String,
        _ job: NewJob,
        on connection: PostgresConnection
    ) async throws -> EnqueuedJob {
        guard let made = try await enqueue([job], on: connection, patience: .seconds(1)).first else {
            throw LedgerError.unexpectedAnswer("enqueue for schedule \(name): expected one id, got no row")
        }
        _ = try await connection.execute(ScheduleSQL.recordJob(made.id.uuid, of: name))
        return made
    }
}
