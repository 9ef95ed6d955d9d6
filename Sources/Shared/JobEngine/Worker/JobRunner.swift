import Foundation
import Logging
import Postgres

/// Runs claimed jobs: handler, record, log line.
struct JobRunner: Sendable {
    let registry: HandlerRegistry
    let ledger: Ledger
    let running: RunningJobs
    let finisher: Finisher
    let solitude: Solitude
    let stuck: StuckAttempts
    let logger: Logger

    /// Runs one attempt to its record; never throws, whatever the handler does.
    func run(_ job: ClaimedJob) async {
        let clock = ContinuousClock()
        let began = clock.now
        var logger = self.logger
        logger[metadataKey: LogKey.jobID] = "\(job.id)"
        logger[metadataKey: LogKey.kind] = "\(job.kind)"
        let verdict: Verdict
        let isRecorded: Bool
        if let entry = registry.entries[job.kind] {
            let run = JobRun(
                job: job,
                entry: entry,
                context: JobContext(job: job, ledger: ledger, logger: logger),
                running: running,
                solitude: solitude,
                stuck: stuck
            )
            verdict = await run.verdict()
            running.ending(job.claim)
            isRecorded = await finisher.record(verdict) { run.verdict(refused: $0, because: $1) }
        } else {
            // A newer producer enqueued a kind that this binary does not know: another worker may.
            verdict = .giveBack(Return(id: job.id, claim: job.claim, charge: .snooze, delay: .seconds(60)))
            logger.error("No handler for this kind in this process, the job is put off")
            running.ending(job.claim)
            isRecorded = await finisher.record(verdict) { _, _ in .nothing }
        }
        running.end(job.claim)
        solitude.leave(job.claim)
        let record = AttemptRecord(job: job, verdict: verdict, isRecorded: isRecorded, ran: clock.now - began)
        record.count()
        record.log(to: logger)
    }
}
