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
    /// Marks up to `limit` due jobs of a queue; nil when nothing is due, the window is full or another relay is at it.
    func mark(queue: String, relay: Int64, limit: Int) async throws -> MarkedBatch? {
        let rows: [Row]
        do {
            rows = try await relaxed.query(RelaySQL.mark(queue: queue, relay: relay, limit: limit))
        } catch let error as PostgresError where error.sqlState == "23505" {
            // Another relay marked a job of the same exclusive key between this one's look and its turn.
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

    /// How long until something of these queues is due; nil when nothing is pending.
    func nextDue(queues: [String]) async throws -> Duration? {
        let rows = try await relaxed.query(RelaySQL.nextDue(queues: queues))
        let seconds = try rows.first?.decode("seconds", as: Double?.self) ?? nil
        return seconds.map { .seconds($0) }
    }
}
