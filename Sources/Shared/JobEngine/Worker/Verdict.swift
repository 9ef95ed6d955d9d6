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
        case .outage(let error):
            // Counted are the attempts that charged nothing: the longer it lasts, the longer the waits.
            let uncharged = job.attempt - job.failures - job.crashes - job.snoozes
            self = .giveBack(
                Return(
                    id: job.id,
                    claim: job.claim,
                    charge: .nothing,
                    delay: Self.outageDelay(uncharged),
                    reason: ErrorRecord(error).text
                )
            )
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
        case .cancelled(let reason):
            self = .end(Ending(job, .cancelled, reason: reason))
        case .claimLost:
            self = .nothing
        }
    }

    /// What takes the place of an end that the database refuses (a result that is no jsonb, say): left as it is, the job
    /// would run again and again.
    init(refused ending: Ending, of job: ClaimedJob, because error: any Error, limit: Int, backoff: Backoff) {
        let record = ErrorRecord(error)
        let words = ErrorRecord(
            errorClass: record.errorClass,
            text: "its end (\(ending.state.rawValue)) could not be recorded: \(record.text)"
        )
        self = Self.failed(job, words, after: backoff.ceiling, limit: limit, backoff: backoff)
    }

    /// 5 s doubling up to 5 minutes, a tenth of it at random.
    private static func outageDelay(_ attempts: Int) -> Duration {
        let wait = min(5 * Double(1 << min(max(attempts - 1, 0), 6)), 300)
        return .seconds(wait * Double.random(in: 1..<1.1))
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
    /// A server that it needs was away: not the job's fault.
    case outage(any Error)
    /// It ran longer than its kind allows.
    case tooSlow(Duration)
    /// The process is stopping.
    case stopped
    /// Somebody wants the job no more.
    case cancelled(because: String)
    /// The job is another worker's by now.
    case claimLost

    /// Why the attempt was told to end.
    var words: String {
        switch self {
        case .threw, .outage: "an error"
        case .tooSlow(let limit): "run limit of \(limit)"
        case .stopped: "stop"
        case .cancelled: "cancelled"
        case .claimLost: "claim lost"
        }
    }
}
