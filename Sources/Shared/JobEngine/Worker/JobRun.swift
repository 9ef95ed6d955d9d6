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
        let definition = entry.definition
        if job.isPastDeadline {
            return verdict(of: .obsolete(because: "deadline"))
        }
        let result = await performed()
        // A cancelled handler may throw or return anything; the reason for its cancellation is what counts, unless
        // it had committed its end before, or says that the work is done: a mail that the server has accepted must not
        // be sent again because a stop came with its 250.
        if case .success(.committed) = result { return .nothing }
        if case .success(.done(let result, let mail)) = result {
            return verdict(of: .done(result: result, mail: mail))
        }
        if case .success(let outcome) = result, running.interruption(of: job.claim) == nil {
            return verdict(of: outcome)
        }
        if let interruption = running.interruption(of: job.claim) {
            return Verdict(
                of: interruption, for: job, limit: definition.maxFailures, backoff: definition.backoff)
        }
        switch result {
        case .success(let outcome):
            return verdict(of: outcome)
        case .failure(let error):
            return Verdict(
                of: .threw(error), for: job, limit: definition.maxFailures, backoff: definition.backoff)
        }
    }

    private func verdict(of outcome: JobOutcome) -> Verdict {
        Verdict(
            of: outcome, for: job, limit: entry.definition.maxFailures, backoff: entry.definition.backoff)
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
    let ran: Duration

    private var ending: (state: String, reason: String?) {
        switch verdict {
        case .end(let ending): (ending.state.rawValue, ending.reason)
        case .giveBack(let back): (back.charge == .nothing ? "given back" : back.charge.rawValue, back.reason)
        case .nothing: ("committed", nil)
        }
    }

    func count() {
        let dimensions = [("kind", job.kind), ("outcome", ending.state)]
        Counter(label: "relais_attempts_total", dimensions: dimensions).increment()
        Timer(label: "relais_attempt_seconds", dimensions: [("kind", job.kind)]).recordNanoseconds(
            Int64(ran.inSeconds * 1e9))
    }

    func log(to logger: Logger) {
        var metadata: Logger.Metadata = [
            LogKey.jobID: "\(job.id)", LogKey.kind: "\(job.kind)", LogKey.attempt: "\(job.attempt)",
            LogKey.state: "\(ending.state)", LogKey.milliseconds: "\(Int(ran.inSeconds * 1000))",
        ]
        metadata[LogKey.reason] = ending.reason.map { "\($0)" }
        switch verdict {
        case .end(let ending) where ending.state == .dead:
            logger.error("Job is dead", metadata: metadata)
        case .giveBack(let back) where back.charge == .failure:
            logger.warning("Job failed, will retry", metadata: metadata)
        default:
            logger.info("Attempt ended", metadata: metadata)
        }
    }
}
