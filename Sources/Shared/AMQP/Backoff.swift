/// Waits between attempts: about 100 ms, doubled each time up to 5 s: longer would keep a broker that is back waiting for its
/// clients, and an attempt costs it next to nothing.
enum Backoff {
    /// Half of the wait is random (`jitter` from 0 to 1): a fleet that lost its broker must not come back as one.
    static func delay(attempt: Int, jitter: Double = .random(in: 0..<1)) -> Duration {
        let doublings = max(0, min(attempt - 1, 16))
        let full = min(5, 0.1 * Double(1 << doublings))
        return .seconds(full * (0.5 + 0.5 * jitter))
    }
}
