import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 8: a stop loses and charges nothing")
struct StopTests {
    @Test func runningJobMayEndWithinTheGrace() async throws {
        try await withEngineWorld { world in
            let started = EventLog<JobID>()
            let gate = Gate()
            // No chores, which would bury a process that did not leave by itself.
            try world.startProducer(chores: false)
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    try await gate.pass()
                    return .done(result: JSON(#"{"ended": "by itself"}"#))
                }
            )
            let id = try await world.enqueue(Work())
            try await started.first("the job") { $0 == id }
            let stop = Task { try await worker.stop() }
            gate.open()
            try await stop.value
            let job = try await world.job(id)
            #expect(job.state == .done && job.attempt == 1 && job.failures == 0)
            // A stop does not wait for it for long.
            try await eventually("the stopped process to leave the register") {
                try await world.count("SELECT count(*) FROM relais.process WHERE role = 'workers'") == 0
            }
        }
    }

    @Test func jobPastTheGraceIsCancelledAndGivenBackUncharged() async throws {
        try await withEngineWorld { world in
            let started = EventLog<JobID>()
            let cancelled = EventLog<JobID>()
            try world.startProducer()
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    do {
                        try await hang()
                    } catch {
                        cancelled.append(context.job.id)
                        throw error
                    }
                    return .done()
                },
                grace: .milliseconds(300)
            )
            let id = try await world.enqueue(Work())
            try await started.first("the job") { $0 == id }
            let began = ContinuousClock.now
            try await worker.stop()
            let took = ContinuousClock.now - began
            #expect(took >= .milliseconds(300))
            // A job that is told nothing is given back as well, and runs on beside its next attempt.
            try await cancelled.first("its cancellation") { $0 == id }
            try await Self.expectUncharged(id, in: world)
            let ran = EventLog<JobID>()
            try world.startWorker(recording(Work.self, in: ran))
            let job = try await world.wait(for: id, state: .done)
            #expect(job.attempt == 2)
        }
    }

    @Test func handlerThatIgnoresItsCancellationDoesNotHoldUpTheStop() async throws {
        try await withEngineWorld { world in
            let started = EventLog<JobID>()
            let ended = EventLog<JobID>()
            let gate = Gate()
            try world.startProducer(relay: true, chores: false)
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    try? await gate.pass()
                    ended.append(context.job.id)
                    return .retry(because: "it was cancelled and charges itself")
                },
                grace: .milliseconds(200)
            )
            let id = try await world.enqueue(Work())
            try await started.first("the job") { $0 == id }
            let began = ContinuousClock.now
            try await worker.stop()
            let took = ContinuousClock.now - began
            #expect(took >= .milliseconds(2200))
            try await Self.expectUncharged(id, in: world)
            gate.open()
            try await ended.first("the handler") { $0 == id }
        }
    }

    @Test func workThatIsDoneAlthoughItWasCancelledIsNotDoneAgain() async throws {
        try await withEngineWorld { world in
            let started = EventLog<JobID>()
            try world.startProducer()
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    // As a mail does whose final dot has left: it waits for the answer, cancelled or not.
                    try? await hang()
                    return .done(mail: MailAnswer(.accepted, code: 250))
                },
                grace: .milliseconds(200)
            )
            let id = try await world.enqueue(Work())
            try await started.first("the job") { $0 == id }
            try await worker.stop()
            let job = try await world.wait(for: id, state: .done)
            #expect(job.attempt == 1)
        }
    }

    @Test func unclaimedMessagesGoBackToTheBroker() async throws {
        try await withEngineWorld { world in
            let started = EventLog<Int>()
            let producer = try world.startProducer(chores: false)
            let worker = try world.startWorker(
                Handling(Single.self) { arguments, _ in
                    started.append(arguments.number)
                    try await hang()
                    return .done()
                },
                grace: .zero
            )
            try await world.enqueue(5, of: Single.self)
            try await started.first("one job") { _ in true }
            try await worker.stop()
            try await eventually("the messages to be back") { try await producer.messages(in: "single") >= 4 }
            let attempts = try await world.count("SELECT sum(attempt)::int FROM relais.job")
            #expect(attempts == 1 && started.all.count == 1)
            let charged = try await world.count("SELECT sum(failures + crashes + snoozes)::int FROM relais.job")
            #expect(charged == 0)
        }
    }

    @Test func stopsUnderLoadChargeNothingAndEveryJobRunsToItsEndOnce() async throws {
        try await withEngineWorld { world in
            let ended = EventLog<Int>()
            try world.startProducer()
            try await world.enqueue(600, of: Work.self)
            for round in 1...4 {
                let worker = try world.startWorker(
                    Handling(Work.self) { arguments, _ in
                        try await Task.sleep(for: .milliseconds(5))
                        ended.append(arguments.number)
                        return .done()
                    }
                )
                try await ended.first("jobs of round \(round)", number: round * 60) { _ in true }
                try await worker.stop()
                let running = try await world.count("SELECT count(*) FROM relais.job WHERE state = 'running'")
                #expect(running == 0, "running after the stop of round \(round)")
            }
            try world.startWorker(recordingNumbers(in: ended))
            try await world.waitUntil(600, are: .done)
            #expect(ended.all.sorted() == Array(1...600))
            let charged = try await world.count(
                "SELECT sum(failures + crashes + snoozes + attempt - 1)::int FROM relais.job_finished"
            )
            #expect(charged == 0)
        }
    }

    private func recordingNumbers(in log: EventLog<Int>) -> Handling<Work> {
        Handling(Work.self) { arguments, _ in
            log.append(arguments.number)
            return .done()
        }
    }

    private static func expectUncharged(_ id: JobID, in world: EngineWorld) async throws {
        let job = try await world.wait(for: id, "given back") { $0.state != .running }
        #expect(job.failures == 0 && job.crashes == 0 && job.snoozes == 0)
        let failures = try await world.ledger.failures(of: id)
        #expect(failures.isEmpty)
    }
}
