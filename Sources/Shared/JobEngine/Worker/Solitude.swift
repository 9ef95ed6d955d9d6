import Foundation
import Synchronization

/// Gives a suspicious job the process for itself: once one waits nothing more is claimed, and it begins when all others
/// have ended. If the process dies then, it was that job.
final class Solitude: Sendable {
    /// How long the others may take to end. Past it the job is put off: a long export must not keep a process from
    /// everything else for its sake.
    static let patience: Duration = .seconds(30)
    /// How long a job is put off that could not be alone.
    static let postponement: Duration = .seconds(300)

    private struct State {
        var claims = 0
        var company: Set<UUID> = []
        /// Those that want to be alone, in the order in which they came; the first may be.
        var suspicious: [UUID] = []
    }

    private let state = Mutex(State())

    /// Whether a job is suspected of killing its process.
    static func isFor(_ job: ClaimedJob) -> Bool {
        job.crashes >= RescueSQL.crashesInCompany
    }

    /// Whether somebody is alone or wants to be: nothing may be claimed.
    var isWanted: Bool { state.withLock { !$0.suspicious.isEmpty } }

    /// Waits until nobody wants to be alone any more, or for the task's cancellation; calls `look` meanwhile.
    func over(_ look: () -> Void) async {
        while isWanted, !Task.isCancelled {
            look()
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// A claim begins, unless somebody wants to be alone; then false.
    func beginClaim() -> Bool {
        state.withLock { state in
            guard state.suspicious.isEmpty else { return false }
            state.claims += 1
            return true
        }
    }

    /// A claim has brought these jobs.
    func endClaim(_ jobs: [ClaimedJob]) {
        state.withLock { state in
            state.claims -= 1
            for job in jobs {
                if Self.isFor(job) {
                    state.suspicious.append(job.claim)
                } else {
                    state.company.insert(job.claim)
                }
            }
        }
    }

    /// Waits until the attempt is alone in its process; false when that takes longer than `patience`, or when the task is
    /// cancelled.
    func begins(_ claim: UUID, patience: Duration = Solitude.patience) async -> Bool {
        let deadline = ContinuousClock.now + patience
        while true {
            let isAlone = state.withLock { state in
                state.suspicious.first == claim && state.company.isEmpty && state.claims == 0
            }
            if isAlone { return true }
            if Task.isCancelled || ContinuousClock.now >= deadline { return false }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The attempt has ended, or will not begin.
    func leave(_ claim: UUID) {
        state.withLock { state in
            state.company.remove(claim)
            state.suspicious.removeAll { $0 == claim }
        }
    }
}
