/// One way for a job to go from a state to another. The table below, and that of the operators' acts in
/// `Control/JobTransition+Operators.swift`, are the one place that says which ways there are:
/// the statements of `Ledger/*SQL.swift` are read from it, and `JobTransitionTests` walks it row by row.
package struct JobTransition: Sendable, Hashable {
    /// nil: the job did not exist.
    package let from: JobState?
    package let to: JobState
    /// Who carries it out.
    package let actor: Actor
    /// The event that causes it.
    package let event: String
    /// What must hold in the row besides `from`; otherwise nothing changes.
    package let predicate: String
    /// Counters that go up by one.
    package let counters: [String]
    /// What else the same statement writes.
    package let writes: String

    package enum Actor: String, Sendable {
        case caller, relay, worker, chores, `operator`
    }

    init(
        _ from: JobState?,
        _ to: JobState,
        by actor: Actor,
        on event: String,
        where predicate: String,
        counting counters: [String] = [],
        writing writes: String
    ) {
        self.from = from
        self.to = to
        self.actor = actor
        self.event = event
        self.predicate = predicate
        self.counters = counters
        self.writes = writes
    }

    private static let fence = "id and claim match"

    package static let all: [JobTransition] = [
        JobTransition(
            nil,
            .pending,
            by: .caller,
            on: "enqueue",
            where: "the kind is known, no job holds its unique key",
            writing: "run_at, deadline, subject, keys; NOTIFY when no relay is awake"
        ),
        JobTransition(
            .pending,
            .dispatched,
            by: .relay,
            on: "mark",
            where: "run_at has come, the window has room, the queue row is locked, its exclusive key is free",
            writing: "batch, dispatched_at; one dispatch_batch row"
        ),
        JobTransition(
            .dispatched,
            .pending,
            by: .relay,
            on: "take back",
            where: "batch matches",
            writing: "batch cleared"
        ),
        JobTransition(
            .dispatched,
            .pending,
            by: .chores,
            on: "batch lost",
            where: "relay gone and unconfirmed, or overtaken for 5 s",
            writing: "batch cleared"
        ),
        JobTransition(
            .dispatched,
            .pending,
            by: .worker,
            on: "batch overlooked",
            where: "the queue's consumer has free slots and got nothing for 5 s",
            writing: "batch cleared"
        ),
        JobTransition(
            .dispatched,
            .running,
            by: .worker,
            on: "claim",
            where: "kind, queue and batch match the message",
            counting: ["attempt"],
            writing: "process, fresh claim, claimed_at, first_claimed_at when empty; batch cleared"
        ),
        JobTransition(
            .running,
            .done,
            by: .worker,
            on: "done",
            where: fence,
            writing: "moved to job_finished with its result; the mail's answer"
        ),
        JobTransition(
            .running,
            .obsolete,
            by: .worker,
            on: "obsolete",
            where: fence,
            writing: "moved to job_finished with its reason"
        ),
        JobTransition(
            .running,
            .dead,
            by: .worker,
            on: "discard",
            where: fence,
            counting: ["failures"],
            writing: "moved to job_finished with its reason; one failure row"
        ),
        JobTransition(
            .running,
            .dead,
            by: .worker,
            on: "attempts used up",
            where: fence + ", failures reach the kind's limit",
            counting: ["failures"],
            writing: "moved to job_finished with its reason; one failure row"
        ),
        JobTransition(
            .running,
            .pending,
            by: .worker,
            on: "retry",
            where: fence,
            counting: ["failures"],
            writing: "run_at after the backoff, claim cleared; one failure row"
        ),
        JobTransition(
            .running,
            .pending,
            by: .worker,
            on: "snooze",
            where: fence,
            counting: ["snoozes"],
            writing: "run_at later, claim cleared"
        ),
        JobTransition(
            .running,
            .pending,
            by: .worker,
            on: "give back",
            where: fence,
            writing: "claim cleared; nothing charged"
        ),
        JobTransition(
            .running,
            .pending,
            by: .chores,
            on: "rescue",
            where: "its process is dead and its sessions are terminated",
            counting: ["crashes"],
            writing: "claim cleared; one failure row of ending crash"
        ),
        JobTransition(
            .running,
            .obsolete,
            by: .worker,
            on: "return superseded",
            where: fence + ", another job has taken its unique key",
            writing: "moved to job_finished with reason superseded"
        ),
        JobTransition(
            .running,
            .obsolete,
            by: .chores,
            on: "rescue superseded",
            where: "its process is dead, another job has taken its unique key",
            counting: ["crashes"],
            writing: "moved to job_finished with reason superseded; one failure row of ending crash"
        ),
        JobTransition(
            .pending,
            .cancelled,
            by: .caller,
            on: "cancel",
            where: "id matches",
            writing: "moved to job_finished with the reason given"
        ),
        JobTransition(
            .dispatched,
            .cancelled,
            by: .caller,
            on: "cancel",
            where: "id matches",
            writing: "moved to job_finished with the reason given; its message is stale"
        ),
        JobTransition(
            .running,
            .running,
            by: .caller,
            on: "ask to cancel",
            where: "id matches",
            writing: "cancel_requested_at and cancel_reason when empty; NOTIFY"
        ),
        JobTransition(
            .running,
            .cancelled,
            by: .worker,
            on: "cancelled",
            where: fence,
            writing: "moved to job_finished with the reason given"
        ),
        JobTransition(
            .running,
            .cancelled,
            by: .worker,
            on: "return cancelled",
            where: fence + ", cancelling was asked for",
            writing: "moved to job_finished with the reason given"
        ),
        JobTransition(
            .running,
            .cancelled,
            by: .chores,
            on: "rescue cancelled",
            where: "its process is dead, cancelling was asked for",
            counting: ["crashes"],
            writing: "moved to job_finished with the reason given; one failure row of ending crash"
        ),
        JobTransition(
            .running,
            .pending,
            by: .chores,
            on: "rescue from the wait to be alone",
            where: "its process is dead, it crashed twice before and was not alone yet",
            writing: "claim cleared; nothing charged"
        ),
        JobTransition(
            .running,
            .dead,
            by: .chores,
            on: "crash loop",
            where: "its process is dead, it was alone there as in two crashes before",
            counting: ["crashes"],
            writing: "moved to job_finished with reason crash-loop; one failure row of ending crash"
        ),
        JobTransition(
            .running,
            .pending,
            by: .worker,
            on: "outage",
            where: fence,
            writing: "run_at after a wait, claim cleared; nothing charged"
        ),
        JobTransition(
            .pending,
            .running,
            by: .worker,
            on: "claim without the broker",
            where: "rescued or the broker away, run_at has come, the queue's gate is open, its exclusive key is free",
            counting: ["attempt"],
            writing: "process, fresh claim, claimed_at, first_claimed_at when empty"
        ),
        JobTransition(
            .dispatched,
            .running,
            by: .worker,
            on: "claim without the broker",
            where: "rescued or the broker away, the queue's gate is open",
            counting: ["attempt"],
            writing: "as a claim; batch cleared, so that its message is stale"
        ),
    ]
}
