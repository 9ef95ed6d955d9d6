import Foundation
import Logging
import Metrics
import Postgres

/// One attempt from claim to record, as named steps over one value.
struct JobRun: Sendable {
    let job: ClaimedJob
    let entry: HandlerRegistry.Entry
    let context: JobContext
    let running: RunningJobs
    let logger: Logger

    /// The whole of it: performs the handler and says what to record.
    func verdict() async -> Verdict {
        if job.isPastDeadline {
            return verdict(of: .obsolete(because: "deadline"))
        }
        let result = await performed()
        let interruption = running.interruption(of: job.claim)
        switch (result, interruption) {
        case (.success(let outcome), nil):
            return verdict(of: outcome)
        case (.success(let outcome), .some) where outcome.endsJob:
            // It ended although it was told to stop: what is done is done, and a mail that is out is not sent again.
            return verdict(of: outcome)
        case (_, .some(let interruption)):
            return verdict(of: interruption)
        case (.failure(let error), nil):
            return verdict(of: .threw(error))
        }
    }

    private func verdict(of interruption: Interruption) -> Verdict {
        Verdict(
            of: interruption,
            for: job,
            limit: entry.definition.maxFailures,
            backoff: entry.definition.backoff
        )
    }

    private func verdict(of outcome: JobOutcome) -> Verdict {
        Verdict(
            of: outcome,
            for: job,
            limit: entry.definition.maxFailures,
            backoff: entry.definition.backoff
        )
    }

    /// Runs the handler in a task of its own, which the run limit, a stop or a lost claim cancels.
    private func performed() async -> Result<JobOutcome, any Error> {
        let attempt = Task { try await entry.perform(context) }
        running.attach(job.claim) { attempt.cancel() }
        let limit = entry.definition.runLimit
        let timer = Task {
            try await Task.sleep(for: limit)
            running.interrupt(job.claim, .tooSlow(limit))
        }
        defer { timer.cancel() }
        return await attempt.result
    }
}

/// The line and the figures that an attempt leaves.
struct AttemptRecord: Sendable {
    let job: ClaimedJob
    let verdict: Verdict
    /// False: the claim was lost, and what another attempt says counts.
    let isRecorded: Bool
    let ran: Duration

    private var ending: (state: String, reason: String?) {
        guard isRecorded else { return ("claim lost", nil) }
        return switch verdict {
        case .end(let ending): (ending.state.rawValue, ending.reason)
        case .giveBack(let back): (back.charge == .nothing ? "given back" : back.charge.rawValue, back.reason)
        case .committed(let state): (state.rawValue, nil)
        case .nothing: ("claim lost", nil)
        }
    }

    func count() {
        let dimensions = [("kind", job.kind), ("outcome", ending.state)]
        Counter(label: "relais_attempts_total", dimensions: dimensions).increment()
        Timer(label: "relais_attempt_seconds", dimensions: [("kind", job.kind)]).recordNanoseconds(
            Int64(ran.inSeconds * 1e9)
        )
    }

    func log(to logger: Logger) {
        var metadata: Logger.Metadata = [
            LogKey.jobID: "\(job.id)", LogKey.kind: "\(job.kind)", LogKey.attempt: "\(job.attempt)",
            LogKey.state: "\(ending.state)", LogKey.milliseconds: "\(Int(ran.inSeconds * 1000))",
        ]
        metadata[LogKey.reason] = ending.reason.map { "\($0)" }
        switch verdict {
        case _ where !isRecorded:
            logger.warning("Attempt ended after its claim was lost", metadata: metadata)
        case .end(let ending) where ending.state == .dead:
            logger.error("Job is dead", metadata: metadata)
        case .giveBack(let back) where back.charge == .failure:
            logger.warning("Job failed, will retry", metadata: metadata)
        default:
            logger.info("Attempt ended", metadata: metadata)
        }
    }
}
