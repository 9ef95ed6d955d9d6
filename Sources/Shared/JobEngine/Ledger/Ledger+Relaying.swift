import Foundation
import Postgres

/// A batch as it was marked: numbered, so that a stale message is recognised.
struct MarkedBatch: Sendable {
    struct Entry: Sendable {
        let message: JobMessage
        let traceparent: String?
    }

    let queue: String
    let number: Int64
    let entries: [Entry]
}

extension Ledger {
    /// Marks up to `limit` due jobs of a queue; nil when nothing is due, its gate is closed or another relay is at it.
    func mark(queue: String, relay: Int64, limit: Int) async throws -> MarkedBatch? {
        let statements = [GateSQL.lock(queue), RelaySQL.mark(queue: queue, relay: relay, limit: limit)]
        let rows: [Row]
        do {
            rows = try await relaxed.withConnection { try await $0.pipeline(statements, as: "mark batch") }.last ?? []
        } catch let error as PostgresError where error.sqlState == "23505" {
            // A job of the same exclusive key was claimed without the broker between the look and the turn.
            return nil
        }
        var number: Int64?
        let entries = try rows.map { row in
            let batch = try row.decode("batch", as: Int64.self)
            number = batch
            return MarkedBatch.Entry(
                message: JobMessage(id: JobID(try row.decode("id")), kind: try row.decode("kind"), batch: batch),
                traceparent: try row.decode("traceparent")
            )
        }
        guard let number else { return nil }
        return MarkedBatch(queue: queue, number: number, entries: entries)
    }

    func confirm(_ batch: MarkedBatch) async throws {
        _ = try await relaxed.execute(RelaySQL.confirm(batch: batch.number))
    }

    /// Takes a whole batch back; answers how many jobs were still unclaimed.
    func takeBack(_ batch: MarkedBatch) async throws -> Int {
        try await relaxed.execute(RelaySQL.takeBack(queue: batch.queue, batch: batch.number))
    }

    /// Takes back those jobs of a batch that the broker returned.
    func takeBack(_ ids: [JobID], of batch: MarkedBatch) async throws -> Int {
        try await relaxed.execute(RelaySQL.takeBack(ids: ids.map(\.uuid), batch: batch.number))
    }

    /// How long until something of these queues may be given out; queues are left out of which nothing is pending, or all
    /// behind a pause.
    func nextDue(queues: [String]) async throws -> [String: Duration] {
        var times: [String: Duration] = [:]
        for row in try await relaxed.query(GateSQL.nextDue(queues: queues)) {
            // Of no number there is no Duration; a look too early costs nothing.
            let seconds = try row.decode("seconds", as: Double.self)
            times[try row.decode("name")] = seconds.isFinite ? .seconds(seconds) : .zero
        }
        return times
    }
}
