import Postgres

/// Which processes look dead, remembered from one look to the next: a lock that is gone for a moment may be a
/// session that is just being replaced.
struct DeadProcesses {
    /// How long a lock must stay gone.
    static let confirmation: Duration = .seconds(2)
    /// Without a beat for so long a process is taken for frozen.
    static let frozenAfter: Duration = .seconds(45)

    struct Silent: Sendable {
        let process: Int64
        let isLockGone: Bool
        let isFrozen: Bool

        init(process: Int64, isLockGone: Bool, isFrozen: Bool) {
            self.process = process
            self.isLockGone = isLockGone
            self.isFrozen = isFrozen
        }

        init(_ row: Row) throws {
            self.init(
                process: try row.decode("id"),
                isLockGone: try row.decode("lock_gone", as: Bool?.self) ?? false,
                isFrozen: try row.decode("frozen", as: Bool?.self) ?? false
            )
        }
    }

    private var lockGoneSince: [Int64: ContinuousClock.Instant] = [:]

    /// Takes in what a look saw; answers the processes that are dead by now.
    mutating func saw(_ silent: [Silent], at now: ContinuousClock.Instant) -> [Int64] {
        let gone = silent.filter(\.isLockGone).map(\.process)
        lockGoneSince = Dictionary(
            uniqueKeysWithValues: Set(gone).map { ($0, lockGoneSince[$0] ?? now) }
        )
        return Set(silent.map(\.process)).sorted().filter { process in
            let isFrozen = silent.contains { $0.process == process && $0.isFrozen }
            let goneFor = lockGoneSince[process].map { now - $0 } ?? .zero
            return isFrozen || goneFor >= Self.confirmation
        }
    }
}
