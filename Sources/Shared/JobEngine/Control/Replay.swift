package import Foundation
package import Postgres

/// How a set of dead jobs is to be run again.
package struct ReplayOrder: Sendable {
    package var filter: DeadFilter
    package var rate: Rate
    /// The share of those tried that may fail again, 0 to 1; above it the rest stays dead.
    package var failureLimit: Double
    /// Tried jobs from which on the share is judged.
    package var judgedFrom: Int

    /// The most jobs of one replay.
    package static let sizeLimit = 100_000

    package init(filter: DeadFilter, rate: Rate, failureLimit: Double = 0.2, judgedFrom: Int = 10) {
        self.filter = filter
        self.rate = rate
        self.failureLimit = min(max(failureLimit, 0), 1)
        self.judgedFrom = max(1, judgedFrom)
    }
}

/// What a replay would run, before anybody decides.
package struct ReplayPreview: Sendable {
    /// Dead jobs of one kind that the same class of error ended.
    package struct Group: Sendable {
        package let kind: String
        package let errorClass: String
        package let jobs: Int
        /// Another job has their unique key: they would end `obsolete` at once.
        package let superseded: Int
        /// Past their deadline: they would end `obsolete` when claimed.
        package let pastDeadline: Int
    }

    package let groups: [Group]

    package var jobs: Int { groups.reduce(0) { $0 + $1.jobs } }
    package var superseded: Int { groups.reduce(0) { $0 + $1.superseded } }
    package var pastDeadline: Int { groups.reduce(0) { $0 + $1.pastDeadline } }
}

/// A replay and how far it is.
package struct Replay: Sendable {
    package enum State: String, Sendable {
        case running, done, stopped
    }

    package let number: Int64
    package let createdAt: Date
    package let actor: String
    package let reason: String
    package let filter: JSON
    package let rate: Rate?
    package let failureLimit: Double
    package let state: State?
    package let endedAt: Date?
    package let endedBecause: String?
    /// Jobs of the frozen set, and of those: still dead and waiting, sent back, and no longer dead at their turn.
    package let size: Int
    package let frozen: Int
    package let released: Int
    package let skipped: Int
    /// Of those sent back: failed again at least once, and ended without.
    package let failed: Int
    package let ended: Int

    init(_ row: Row) throws {
        number = try row.decode("id")
        createdAt = try row.instant("created_at")
        actor = try row.decode("actor")
        reason = try row.decode("reason")
        filter = try row.decode("filter")
        rate = Rate(jobs: try row.decode("rate_jobs"), seconds: try row.decode("rate_seconds"))
        failureLimit = try row.decode("failure_limit")
        state = State(rawValue: try row.decode("state"))
        endedAt = try row.optionalInstant("ended_at")
        endedBecause = try row.decode("ended_because")
        size = try row.decode("size")
        frozen = try row.decode("frozen")
        released = try row.decode("released")
        skipped = try row.decode("skipped")
        failed = try row.decode("failed")
        ended = try row.decode("ended")
    }
}

/// What became of an order.
package enum ReplayResult: Sendable {
    case ordered(Replay)
    /// No dead job matches, or all that do wait in another replay.
    case nothing
    /// More than ``ReplayOrder/sizeLimit`` match.
    case tooMany
}

extension Ledger {
    /// What a filter finds among the dead.
    package func preview(_ filter: DeadFilter) async throws -> ReplayPreview {
        let rows = try await durable.query(ReplaySQL.preview(filter), as: "preview replay", timeout: .seconds(30))
        return ReplayPreview(
            groups: try rows.map { row in
                ReplayPreview.Group(
                    kind: try row.decode("kind"),
                    errorClass: try row.decode("error_class"),
                    jobs: try row.decode("jobs"),
                    superseded: try row.decode("superseded"),
                    pastDeadline: try row.decode("past_deadline")
                )
            }
        )
    }

    /// Freezes a set of dead jobs, which the chores then send back at the order's rate.
    package func replay(_ order: ReplayOrder, _ act: Act) async throws -> ReplayResult {
        struct TooMany: Error {}
        struct Nothing: Error {}
        do {
            return try await durable.transaction(as: "replay.order", timeout: .seconds(60)) { connection in
                let filter = try JSON(encoding: order.filter.document)
                let rows = try await connection.query(ReplaySQL.order(order, filter: filter, act))
                guard let number = try rows.first?.decode("id", as: Int64.self) else { throw Nothing() }
                let freeze = ReplaySQL.freeze(number, order.filter, limit: ReplayOrder.sizeLimit)
                let size = try await connection.execute(freeze)
                if size == 0 { throw Nothing() }
                if size > ReplayOrder.sizeLimit { throw TooMany() }
                _ = try await connection.execute(ReplaySQL.size(size, of: number))
                let detail: JSONValue = .object([
                    "filter": order.filter.document, "jobs": .integer(Int64(size)),
                    "rate": .string(order.rate.description), "failure_limit": .number(order.failureLimit),
                ])
                try await Self.audit(act.entry("replay.order", on: "replay:\(number)", detail), on: connection)
                guard let row = try await connection.query(ReplaySQL.list(number, limit: 1)).first else {
                    throw Nothing()
                }
                return .ordered(try Replay(row))
            }
        } catch is Nothing {
            return .nothing
        } catch is TooMany {
            return .tooMany
        }
    }

    /// The latest replays, newest first.
    package func replays(limit: Int) async throws -> [Replay] {
        try await durable.query(ReplaySQL.list(nil, limit: limit)).map(Replay.init)
    }

    package func replay(_ number: Int64) async throws -> Replay? {
        try await durable.query(ReplaySQL.list(number, limit: 1)).first.map(Replay.init)
    }

    /// Stops a replay: what is still frozen stays dead. False when none of this number is running.
    package func stopReplay(_ number: Int64, _ act: Act) async throws -> Bool {
        try await durable.transaction(as: "replay.stop", timeout: .seconds(10)) { connection in
            let end = ReplaySQL.end(number, state: "stopped", because: "stopped by an operator")
            guard try await !connection.query(end).isEmpty else { return false }
            try await Self.audit(act.entry("replay.stop", on: "replay:\(number)"), on: connection)
            return true
        }
    }
}
