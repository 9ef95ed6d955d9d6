import Foundation
import Postgres

extension Ledger {
    /// All queues, by name.
    package func queues() async throws -> [QueueOverview] {
        try await durable.query(QueueControlSQL.list(nil), as: "list queues", timeout: .seconds(10))
            .map(QueueOverview.init)
    }

    /// One queue; nil when it is unknown.
    package func queue(_ name: String) async throws -> QueueOverview? {
        try await durable.query(QueueControlSQL.list(name), as: "look at queue", timeout: .seconds(10)).first
            .map(QueueOverview.init)
    }

    /// Changes a queue and answers what it is then; nil, and nothing is written, when it is unknown. It holds for every
    /// relay from the commit on: they read the queue's row under its lock before they give out anything.
    package func change(_ queue: String, _ change: QueueChange, _ act: Act) async throws -> QueueOverview? {
        try await durable.transaction(as: change.action, timeout: .seconds(30)) { connection in
            guard try await !connection.query(QueueControlSQL.lock(queue)).isEmpty,
                let before = try await connection.query(QueueControlSQL.list(queue)).first.map(QueueOverview.init)
            else { return nil }
            for statement in Self.statements(change, on: queue) {
                _ = try await connection.execute(statement)
            }
            let taken =
                change.takesWindowBack ? try await connection.execute(QueueControlSQL.takeWindowBack(queue)) : 0
            let after = try await connection.query(QueueControlSQL.list(queue)).first.map(QueueOverview.init)
            let detail: JSONValue = .object([
                "before": before.settings, "after": after?.settings ?? .null, "taken_back": .integer(Int64(taken)),
            ])
            try await Self.audit(act.entry(change.action, on: "queue:\(queue)", detail), on: connection)
            _ = try await connection.query(QueueControlSQL.announce)
            return after
        }
    }

    private static func statements(_ change: QueueChange, on queue: String) -> [SQL] {
        var statements: [SQL] = []
        switch change.isPaused {
        case true: statements.append(QueueControlSQL.pause(queue))
        case false: statements.append(QueueControlSQL.resume(queue))
        default: break
        }
        switch change.slots {
        case .keep: break
        case .clear: statements.append(QueueControlSQL.slots(nil, of: queue))
        case .set(let slots): statements.append(QueueControlSQL.slots(slots, of: queue))
        }
        switch change.runningLimit {
        case .keep: break
        case .clear: statements.append(QueueControlSQL.runningLimit(nil, of: queue))
        case .set(let limit): statements.append(QueueControlSQL.runningLimit(limit, of: queue))
        }
        switch change.rate {
        case .keep: break
        case .clear: statements.append(QueueControlSQL.rate(nil, of: queue))
        case .set(let rate): statements.append(QueueControlSQL.rate(rate, of: queue))
        }
        return statements
    }
}
