/// At most one line per peer in ten seconds: a broker that is down for an hour must not fill the log.
struct LogLimiter {
    private var last: [String: ContinuousClock.Instant] = [:]

    mutating func admits(_ peer: String, at now: ContinuousClock.Instant = .now) -> Bool {
        if let previous = last[peer], previous.duration(to: now) < .seconds(10) { return false }
        last[peer] = now
        return true
    }
}
