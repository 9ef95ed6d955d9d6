/// Where a job stands. `relais.job` holds the first three, `relais.job_finished` the others.
///
/// ```
///                ┌── retry · snooze · rescue · batch lost ──┐
///                ▼                                          │
///  enqueue ▶ pending ──relay──▶ dispatched ──claim──▶ running ──finish──▶ done · obsolete · dead · cancelled
/// ```
package enum JobState: String, Sendable, Hashable, CaseIterable, Codable {
    /// Due now or later, known to nobody but the ledger. Next: `dispatched` by a relay.
    case pending
    /// In a numbered batch that a relay published or is about to. Next: `running` by a claim, `pending` when the batch
    /// is taken back.
    case dispatched
    /// Claimed by one process under one random token. Next: a finished state, or `pending` after a failure, a snooze,
    /// a rescue or a stop.
    case running
    /// The work was carried out. Final.
    case done
    /// The work was no longer worth doing, for the reason kept with it; neither a failure nor a cancellation. Final.
    case obsolete
    /// Given up: attempts used up, or the handler said that no retry can help. Kept, visible, replayable.
    case dead
    /// An operator or the platform did not want it any more. Final.
    case cancelled

    /// Whether the row has left `relais.job`.
    package var isFinished: Bool {
        switch self {
        case .pending, .dispatched, .running: false
        case .done, .obsolete, .dead, .cancelled: true
        }
    }
}
