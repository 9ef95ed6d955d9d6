import Postgres

/// What an outcome means for the ledger: the pure decision between ending a job and giving it back.
enum Verdict: Sendable {
    case end(Ending)
    case giveBack(Return)
    /// The handler has committed the end itself.
    case committed(JobState)
    /// The claim is lost: nothing to write.
    case nothing

    init(of outcome: JobOutcome, for job: ClaimedJob, limit: Int, backoff: Backoff) {
        switch outcome {
        case .done(let result, let mail):
            self = .end(Ending(job, .done, result: result, mail: mail))
        case .obsolete(let reason, let mail):
            self = .end(Ending(job, .obsolete, reason: reason, mail: mail))
        case .discard(let reason):
            self = .end(Ending(job, .dead, reason: reason, failed: true, errorClass: "discard"))
        case .snooze(let delay):
            self = .giveBack(Return(id: job.id, claim: job.claim, charge: .snooze, delay: delay))
        case .retry(let delay, let reason):
            self = Self.failed(
                job,
                ErrorRecord(errorClass: "retry", text: reason),
                after: delay,
                limit: limit,
                backoff: backoff
            )
        case .committed(let finish):
            self = .committed(finish.state)
        }
    }

    /// An attempt that threw, was too slow, or was stopped.
    init(of interruption: Interruption, for job: ClaimedJob, limit: Int, backoff: Backoff) {
        switch interruption {
        case .threw(let error):
            if case LedgerError.claimLost = error {
                self = .nothing
            } else {
                self = Self.failed(job, ErrorRecord(error), after: nil, limit: limit, backoff: backoff)
            }
        case .tooSlow(let runLimit):
            let record = ErrorRecord(errorClass: "run-limit", text: "expected an end within \(runLimit), none came")
            self = Self.failed(job, record, after: nil, limit: limit, backoff: backoff)
        case .stopped:
            self = .giveBack(Return(id: job.id, claim: job.claim, charge: .nothing))
        case .claimLost:
            self = .nothing
        }
    }

    private static func failed(
        _ job: ClaimedJob,
        _ record: ErrorRecord,
        after delay: Duration?,
        limit: Int,
        backoff: Backoff
    ) -> Verdict {
        let failures = job.failures + 1
        if failures >= limit {
            return .end(
                Ending(job, .dead, reason: record.text, failed: true, errorClass: record.errorClass)
            )
        }
        return .giveBack(
            Return(
                id: job.id,
                claim: job.claim,
                charge: .failure,
                delay: delay ?? backoff.delay(afterFailures: failures),
                reason: record.text,
                errorClass: record.errorClass
            )
        )
    }
}

/// How an attempt ended without an outcome.
enum Interruption: Sendable {
    case threw(any Error)
    /// It ran longer than its kind allows.
    case tooSlow(Duration)
    /// The process is stopping.
    case stopped
    /// The job is another worker's by now.
    case claimLost
}
