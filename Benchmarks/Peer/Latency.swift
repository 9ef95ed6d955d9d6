import ArgumentParser
import JobEngine
import Postgres

/// `latency RATE SECONDS`: enqueues at a steady rate; each job carries when it was sent.
struct Latency: AsyncParsableCommand {
    @Argument var rate: Int
    @Argument var seconds: Int

    func run() async throws {
        let pool = PeerEnvironment.pool(size: 1)
        let ledger = Ledger(durable: pool, relaxed: pool)
        let clock = ContinuousClock()
        let start = clock.now
        for number in 0..<rate * seconds {
            try await clock.sleep(until: start + .seconds(1) * Double(number) / Double(rate))
            _ = try await ledger.enqueue(NewJob(NoOp(account: 123_456, locale: "fr", t: Int64(ExecutionLog.now * 1e9))))
        }
        await pool.close()
    }
}
