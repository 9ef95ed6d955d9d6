extension JobTransition {
    /// The ways that operators' acts open, besides cancelling; `OperatorTransitionTests` walks them.
    package static let operators: [JobTransition] = [
        JobTransition(
            .dispatched,
            .pending,
            by: .operator,
            on: "take window back",
            where: "the queue matches",
            writing: "batch cleared; the queue's dispatch_batch rows are gone"
        ),
        JobTransition(
            .pending,
            .pending,
            by: .operator,
            on: "hurry",
            where: "run_at has not come",
            writing: "run_at is now; one audit row"
        ),
        JobTransition(
            .dead,
            .pending,
            by: .operator,
            on: "send back",
            where: "no job holds its unique key",
            writing: "the same id in relais.job, run_at is now, all counters but attempt at zero; one audit row"
        ),
        JobTransition(
            .dead,
            .obsolete,
            by: .operator,
            on: "send back superseded",
            where: "another job holds its unique key",
            writing: "reason superseded; one audit row"
        ),
        JobTransition(
            .dead,
            .cancelled,
            by: .operator,
            on: "discard",
            where: "it is dead",
            writing: "its reason after the word discarded; one audit row"
        ),
    ]
}
