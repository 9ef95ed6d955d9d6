import Foundation
import Logging
import Metrics

/// One attempt from claim to record, as named steps over one value.
struct JobRun: Sendable {
    let job: ClaimedJob
    let entry: HandlerRegistry.Entry
    let context: JobContext
    let running: RunningJobs
    let solitude: Solitude
    let stuck: StuckAttempts

    private enum Performed: Sendable {
        case ended(Result<JobOutcome, any Error>)
        case stuck
    }

    /// The whole of it: performs the handler, alone in its process when the job is suspicious, and says what to record.
    func verdict() async -> Verdict {
        if job.isPastDeadline {
            return verdict(of: .obsolete(because: "deadline"))
        }
        if Solitude.isFor(job), let hindrance = await becomesAlone() { return hindrance }
        let performed = await performed()
        let interruption = running.interruption(of: job.claim)
        switch (performed, interruption) {
        case (.ended(.success(let outcome)), nil):
            return verdict(of: outcome)
        case (.ended(.success(let outcome)), .some) where outcome.endsJob:
            // It ended although it was told to stop: what is done is done, and a mail that is out is not sent again.
            return verdict(of: outcome)
        case (_, .some(let interruption)):
            return verdict(of: interruption)
        case (.ended(.failure(let error)), nil):
            return verdict(of: entry.isOutage(error) ? .outage(error) : .threw(error))
        case (.stuck, nil):
            // Only an interruption makes an attempt stuck.
            return verdict(of: .claimLost)
        }
    }

    /// What takes the place of an end that the database refuses.
    func verdict(refused ending: Ending, because error: any Error) -> Verdict {
        Verdict(
            refused: ending,
            of: job,
            because: error,
            limit: entry.definition.maxFailures,
            backoff: entry.definition.backoff
        )
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

    /// Waits until nothing else runs in this process, and has the ledger know it: from then on a crash is this job's.
    /// Answers why it may not begin, if so.
    private func becomesAlone() async -> Verdict? {
        let waiting = Task { await solitude.begins(job.claim) }
        running.attach(job.claim) { waiting.cancel() }
        let isAlone = await waiting.value
        if let interruption = running.interruption(of: job.claim) { return verdict(of: interruption) }
        guard isAlone else {
            return .giveBack(
                Return(id: job.id, claim: job.claim, charge: .nothing, delay: Solitude.postponement)
            )
        }
        do {
            return try await context.isAlone() ? nil : .nothing
        } catch {
            return verdict(of: .outage(error))
        }
    }

    /// Runs the handler in a task of its own, which the run limit, a cancellation, a stop or a lost claim cancels. One that
    /// does not end then is not waited for: it would keep its slot for ever.
    private func performed() async -> Performed {
        let attempt = Task { try await entry.perform(context) }
        let end = FirstAnswer<Performed>()
        running.attach(job.claim) {
            attempt.cancel()
            Task {
                try await Task.sleep(for: stuck.patience)
                if stuck.hasRoom { end.give(.stuck) }
            }
        }
        let limit = entry.definition.runLimit
        let alarm = Alarm(after: limit) { running.interrupt(job.claim, .tooSlow(limit)) }
        Task {
            let result = await attempt.result
            if !end.give(.ended(result)) { await stuck.end(job) }
        }
        let performed = await end.wait()
        alarm.cancel()
        if case .stuck = performed {
            let reason = running.interruption(of: job.claim)?.words ?? "unknown"
            await stuck.begin(job, process: running.process(of: job.claim), because: reason)
        }
        return performed
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
