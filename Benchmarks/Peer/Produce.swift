import ArgumentParser
import Foundation
import JobEngine
import Postgres

/// `produce MODE N`: enqueues N jobs, each answered after its commit, and prints when the first call began and the last
/// one ended.
struct Produce: AsyncParsableCommand {
    enum Mode: String, ExpressibleByArgument {
        case single, conc, bulk
    }

    /// What the harness means by concurrent.
    private static let callers = 16
    private static let bulkSize = 1000

    @Argument var mode: Mode
    @Argument var count: Int

    func validate() throws {
        guard count >= 0 else { throw ValidationError("expected a count of jobs, got \(count)") }
    }

    func run() async throws {
        let pool = PeerEnvironment.pool(size: Self.callers)
        let ledger = Ledger(durable: pool, relaxed: pool)
        let start = ExecutionLog.now
        switch mode {
        case .single:
            for _ in 0..<count { try await enqueueOne(ledger) }
        case .conc:
            let together = EnqueueGroup(database: pool, patience: .seconds(1), timeout: .seconds(5))
            try await withThrowingTaskGroup { group in
                for caller in 0..<Self.callers {
                    let share = count / Self.callers + (caller < count % Self.callers ? 1 : 0)
                    group.addTask {
                        for _ in 0..<share { _ = try await together.enqueue(NewJob(NoOp.usual)) }
                    }
                }
                try await group.waitForAll()
            }
        case .bulk:
            for first in stride(from: 0, to: count, by: Self.bulkSize) {
                try await enqueueMany(min(Self.bulkSize, count - first), pool)
            }
        }
        print(#"{"t0": \#(start), "t1": \#(ExecutionLog.now)}"#)
        await pool.close()
    }

    private func enqueueOne(_ ledger: Ledger) async throws {
        _ = try await ledger.enqueue(NewJob(NoOp.usual))
    }

    private func enqueueMany(_ size: Int, _ pool: PostgresPool) async throws {
        let one = #"{"kind": "bench.noop", "arguments": {"account": 123456, "locale": "fr"}}"#
        let jobs = "[" + Array(repeating: one, count: size).joined(separator: ",") + "]"
        _ = try await pool.query("SELECT count(*) FROM relais.enqueue_many(\(JSON(jobs)))")
    }
}
