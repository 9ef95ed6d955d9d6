import Postgres

/// Which jobs a worker claims from the ledger itself, without their messages.
enum DirectClaim: Sendable {
    /// Whatever is due: the broker is away.
    case anyDue
    /// Those whose process died: in the broker they would wait behind thousands.
    case rescued

    /// What the statement adds to its conditions. The states of the index `job_rescued` are repeated, or the planner would
    /// not see that it may take it.
    var condition: SQL {
        switch self {
        case .anyDue: ""
        case .rescued: "AND j.crashes > 0 AND j.state IN ('pending', 'dispatched')"
        }
    }
}
