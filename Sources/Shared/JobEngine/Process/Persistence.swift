package import Logging
import Postgres
import Synchronization

/// Repeats a write that must happen while the database is away.
package struct Persistence: Sendable {
    let logger: Logger

    package init(logger: Logger) {
        self.logger = logger
    }

    /// Runs `body` until it succeeds, waiting 0.1 s to 5 s with jitter between transient failures. Throws the first
    /// error that no repetition can mend, and `CancellationError` when the task is cancelled while waiting.
    package nonisolated(nonsending) func untilDone<R: Sendable>(
        _ what: String,
        _ body: () async throws -> R
    ) async throws -> R {
        var failures = 0
        while true {
            do {
                return try await body()
            } catch let error as PostgresError where error.isTransient {
                failures += 1
                // Not one line an attempt, and not one for each of a hundred jobs that wait for the same database.
                if Self.mayComplain() {
                    logger.warning(
                        "The database does not answer, will try again",
                        metadata: [LogKey.operation: "\(what)", LogKey.error: "\(error)", LogKey.tries: "\(failures)"]
                    )
                }
                try await Task.sleep(for: Self.pause(after: failures))
            }
        }
    }

    private static let lastComplaint = Mutex<ContinuousClock.Instant?>(nil)

    /// At most once in ten seconds in this process.
    private static func mayComplain() -> Bool {
        lastComplaint.withLock { last in
            if let last, ContinuousClock.now - last < .seconds(10) { return false }
            last = .now
            return true
        }
    }

    /// 0.1 s doubling up to 5 s, half of it at random, so that processes do not come back in step.
    package static func pause(after failures: Int) -> Duration {
        let longest = min(0.1 * Double(1 << min(max(failures - 1, 0), 6)), 5)
        return .seconds(Double.random(in: longest / 2...longest))
    }
}
