import AMQP
import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

/// The engine's single steps, for tests that stop between two of them.
extension EngineWorld {
    /// A row of the register without a process behind it.
    func registerProcess() async throws -> Int64 {
        let rows = try await pool.query(
            """
            WITH process AS (
                INSERT INTO relais.process (role, host, os_pid, application_name)
                VALUES ('workers', 'nowhere', 1, 'relais/workers/' || gen_random_uuid()) RETURNING id
            ), beat AS (INSERT INTO relais.process_beat (process) SELECT id FROM process)
            SELECT id FROM process
            """
        )
        return try #require(rows.first).decode("id")
    }

    /// Enqueues, marks and claims one job for a process of its own.
    func claimOne(runAt: Date? = nil) async throws -> (job: ClaimedJob, process: Int64) {
        let process = try await registerProcess()
        let id = try await enqueue(Work(), runAt: runAt)
        return (try await claim(id, process: process), process)
    }

    /// Marks and claims a pending job.
    func claim(_ id: JobID, process: Int64) async throws -> ClaimedJob {
        let batch = try #require(await ledger.mark(queue: "work", relay: process, limit: 1000))
        let message = try #require(batch.entries.map(\.message).first { $0.id == id })
        let jobs = try await ledger.claim([message], under: [UUID()], queue: "work", process: process)
        return try #require(jobs.first)
    }

    /// Lets due jobs of the queue `work` fail for good, as a worker would record it.
    func kill(_ ids: [JobID], errorClass: String = "test/broken") async throws {
        let process = try await registerProcess()
        let batch = try #require(await ledger.mark(queue: "work", relay: process, limit: 1000))
        let messages = batch.entries.map(\.message)
        let jobs = try await ledger.claim(
            messages,
            under: messages.map { _ in UUID() },
            queue: "work",
            process: process
        )
        let endings = jobs.map { job in
            Ending(job, .dead, reason: "it is broken", failed: true, errorClass: errorClass)
        }
        let ended = try await ledger.end(endings)
        #expect(ended == Set(ids))
        _ = try await pool.execute(RescueSQL.bury(process))
    }

    /// Changes a queue as an operator does.
    @discardableResult
    func change(_ queue: String, _ set: (inout QueueChange) -> Void) async throws -> QueueOverview {
        var change = QueueChange()
        set(&change)
        return try #require(await ledger.change(queue, change, .test))
    }

    /// Jobs of a state in the hot table.
    func count(_ state: JobState) async throws -> Int {
        try await count("SELECT count(*) FROM relais.job WHERE state = \(state.rawValue)")
    }

    /// Stops the worker, which gives back what it holds unsettled, and expects that it left nothing behind.
    func stop(_ worker: EngineProcess, expectingEmpty queue: String, seenBy other: EngineProcess) async throws {
        try await worker.stop()
        // The broker carries out the last acknowledgements after it has confirmed the close.
        try await eventually("\(queue) to be empty") { try await other.messages(in: queue) == 0 }
        let dead = try await other.messages(in: BrokerTopology.deadLetterQueue)
        #expect(dead == 0, "messages in the dead-letter queue")
    }
}

extension EngineProcess {
    /// Messages ready in a queue.
    func messages(in queue: String) async throws -> Int {
        guard connection.isConnected else { return -1 }
        return try await connection.messageCount(queue: queue)
    }

    /// Consumers of a queue that the broker knows of, whoever's they are.
    func consumers(of queue: String) async throws -> Int {
        guard connection.isConnected else { return -1 }
        return try await connection.status(queue: queue).consumers
    }

    /// Publishes bodies as anybody might who may write to the exchange.
    func publish(_ bodies: [[UInt8]], to queue: String) async throws {
        let publisher = foreignPublisher
        try await eventually("a publisher") { publisher.isReady }
        let outcomes = try await publisher.publish(
            bodies.map { OutgoingMessage(exchange: JobMessage.exchange, routingKey: queue, body: $0) },
            timeout: longestWait
        )
        #expect(outcomes.allSatisfy { $0 == .confirmed })
    }
}
