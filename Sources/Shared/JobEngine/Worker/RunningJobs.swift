import Foundation
import Synchronization

/// The attempts that run in this process, so that a stop can wait for them, cancel them, and know what is left.
final class RunningJobs: Sendable {
    private struct Entry {
        let job: ClaimedJob
        let process: Int64
        var cancel: (@Sendable () -> Void)?
        var interruption: Interruption?
        /// The handler has ended, and what came of it is being written.
        var isEnding = false
    }

    private struct State {
        var entries: [UUID: Entry] = [:]
        var isGraceOver = false
    }

    private let state = Mutex(State())
    private let ended = WakeUp()

    var count: Int { state.withLock { $0.entries.count } }

    /// The claims that run here.
    var claims: Set<UUID> { state.withLock { Set($0.entries.keys) } }

    /// The numbers of this process under which something runs: more than one only just after it was buried.
    var processes: Set<Int64> { state.withLock { Set($0.entries.values.map(\.process)) } }

    func begin(_ job: ClaimedJob, process: Int64) {
        state.withLock { $0.entries[job.claim] = Entry(job: job, process: process) }
    }

    /// Gives the means to cancel an attempt; used at once when the attempt was already told to stop.
    func attach(_ claim: UUID, cancel: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state -> Bool in
            state.entries[claim]?.cancel = cancel
            return state.entries[claim]?.interruption != nil
        }
        if isLate { cancel() }
    }

    func end(_ claim: UUID) {
        state.withLock { _ = $0.entries.removeValue(forKey: claim) }
        ended.signal()
    }

    /// The number of this process under which an attempt runs.
    func process(of claim: UUID) -> Int64? {
        state.withLock { $0.entries[claim]?.process }
    }

    /// The attempt has ended, and what came of it is being written.
    func ending(_ claim: UUID) {
        state.withLock { $0.entries[claim]?.isEnding = true }
    }

    /// Why an attempt was cancelled, when it was.
    func interruption(of claim: UUID) -> Interruption? {
        state.withLock { $0.entries[claim]?.interruption }
    }

    /// Cancels one attempt; the first reason counts.
    func interrupt(_ claim: UUID, _ interruption: Interruption) {
        let cancel = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.entries[claim] != nil, state.entries[claim]?.interruption == nil else { return nil }
            state.entries[claim]?.interruption = interruption
            return state.entries[claim]?.cancel
        }
        cancel?()
    }

    /// Cancels every attempt, or those claimed under one process number.
    func interruptAll(_ interruption: Interruption, process: Int64? = nil) {
        let claims = state.withLock { state in
            state.entries.filter { process == nil || $0.value.process == process }.map(\.key)
        }
        claims.forEach { interrupt($0, interruption) }
    }

    /// Ends the wait of `drained(whileGraceful:)`, also one that is still to come.
    func endGrace() {
        state.withLock { $0.isGraceOver = true }
        ended.signal()
    }

    /// Waits until nothing runs any more, at most `longest` and not when the task is cancelled; false when something
    /// still does. With `whileGraceful`, the end of the grace ends the wait too.
    func drained(within longest: Duration, whileGraceful: Bool = false) async -> Bool {
        let deadline = ContinuousClock.now + longest
        while count > 0 {
            let left = deadline - .now
            if left <= .zero || Task.isCancelled { return false }
            if whileGraceful, state.withLock({ $0.isGraceOver }) { return false }
            await ended.wait(atMost: left)
        }
        return true
    }

    /// What still runs: attempts that ignored their cancellation.
    func leftovers() -> [ClaimedJob] {
        state.withLock { $0.entries.values.filter { !$0.isEnding }.map(\.job) }
    }
}
