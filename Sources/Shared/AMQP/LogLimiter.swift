/// At most one line per peer in ten seconds: a broker that is down for an hour, or whoever may publish to it, must not
/// fill the log.
package struct LogLimiter: Sendable {
    private var last: [String: ContinuousClock.Instant] = [:]

    /// Nobody has been heard yet.
    package init() {}

    /// Whether a line about `peer` may be written now.
    package mutating func admits(_ peer: String, at now: ContinuousClock.Instant = .now) -> Bool {
        if let previous = last[peer], previous.duration(to: now) < .seconds(10) { return false }
        last[peer] = now
        return true
    }
}
