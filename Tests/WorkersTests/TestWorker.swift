import Foundation
import Logging
import Mail
import Postgres
import TestSupport
import Testing

@testable import JobEngine
@testable import workers

/// A worker process from its claims to their records, without the broker: the handlers are those of `workers run`.
struct TestWorker: Sendable {
    let process: Int64
    private let ledger: Ledger
    private let running: RunningJobs
    private let runner: JobRunner

    /// Registers a process, which the tests bury when they like.
    static func register(
        in pool: PostgresPool,
        settings: WorkersSettings,
        mailer: Mailer,
        sms: SMSGateway?,
        log: EventLog<String>
    ) async throws -> TestWorker {
        let process: Int64 = try await #require(
            pool.query(
                """
                INSERT INTO relais.process (role, host, os_pid, application_name)
                VALUES ('workers', 'test', 1, 'relais-tests') RETURNING id
                """
            ).first
        ).decode("id")
        let ledger = Ledger(durable: pool, relaxed: pool)
        let logger = Logger(label: "workers") { _ in CapturingLog(lines: log) }
        let running = RunningJobs()
        let runner = JobRunner(
            registry: try Handlers.registry(settings: settings, mailer: mailer, sms: sms),
            ledger: ledger,
            running: running,
            finisher: Finisher(ledger: ledger, logger: logger),
            solitude: Solitude(),
            stuck: StuckAttempts(patience: .seconds(10), ledger: ledger, logger: logger),
            logger: logger
        )
        return TestWorker(process: process, ledger: ledger, running: running, runner: runner)
    }

    /// One attempt of a pending job, the next one if it had some before.
    @discardableResult
    func attempt(_ id: JobID) async throws -> JobRecord {
        try await run(try await claim(id))
    }

    func claim(_ id: JobID) async throws -> ClaimedJob {
        let job = try await #require(
            ledger.durable.query(
                """
                UPDATE relais.job SET state = 'dispatched', batch = 1 WHERE id = \(id.uuid) AND state = 'pending'
                RETURNING kind, queue
                """
            ).first
        )
        let message = JobMessage(id: id, kind: try job.decode("kind"), batch: 1)
        return try await #require(
            ledger.claim([message], under: [UUID()], queue: job.decode("queue"), process: process).first
        )
    }

    /// Runs a claimed job to its record.
    @discardableResult
    func run(_ job: ClaimedJob) async throws -> JobRecord {
        running.begin(job, process: process)
        await runner.run(job)
        return try #require(try await ledger.job(job.id))
    }

    /// What a stop does to its jobs when the grace is over.
    func stop() {
        running.interruptAll(.stopped)
    }
}

/// Keeps every line, so that a test can look for what must not stand there.
private struct CapturingLog: LogHandler {
    let lines: EventLog<String>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(lines: EventLog<String>) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.append("\(event.message) \(metadata) \(event.metadata ?? [:])")
    }
}
