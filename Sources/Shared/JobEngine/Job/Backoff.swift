/// How long a failed job waits before its next attempt.
package struct Backoff: Sendable, Hashable {
    /// The shortest wait, before jitter.
    package let floor: Duration
    /// The longest wait, before jitter.
    package let ceiling: Duration

    /// The default: 14 s + n⁴ s after the n-th failure, which spreads 20 failures over about a week and leaves time for a mend.
    package static let standard = Backoff(floor: .seconds(15), ceiling: .seconds(24 * 3600))

    package init(floor: Duration, ceiling: Duration) {
        self.floor = floor
        self.ceiling = ceiling
    }

    /// The wait after the `failures`-th failure: floor + failures⁴ s - 1 s, at most the ceiling, plus up to a tenth of
    /// itself and of the floor at random, so that jobs that failed together do not come back together.
    package func delay(afterFailures failures: Int, jitter: Double = .random(in: 0..<1)) -> Duration {
        // Beyond 100 failures the power is past every ceiling; unbounded it would overflow.
        let n = min(max(failures, 1), 100)
        let base = min(floor + .seconds(n * n * n * n - 1), ceiling)
        return base + base * (0.1 * min(max(jitter, 0), 1))
    }
}
