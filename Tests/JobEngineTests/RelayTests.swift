import AMQP
import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 7: the window bounds what the broker holds")
struct RelayTests {
    @Test func atMostTheWindowIsDispatchedHoweverMuchIsDue() async throws {
        try await withEngineWorld { world in
            _ = try await world.pool.execute("UPDATE relais.queue SET window_size = 100 WHERE name = 'work'")
            try await world.enqueue(300, of: Work.self)
            let producer = try world.startProducer()
            try await eventually("a full window") { try await producer.messages(in: "work") == 100 }
            try await world.waitUntilTheRelaySleeps()
            let dispatched = try await world.count("SELECT count(*) FROM relais.job WHERE state = 'dispatched'")
            #expect(dispatched == 100)
            let ran = EventLog<JobID>()
            try world.startWorker(recording(Work.self, in: ran))
            var most = 0
            try await eventually("300 jobs to be done") {
                let counts = try await world.pool.query(
                    """
                    SELECT (SELECT count(*) FROM relais.job WHERE state = 'dispatched') AS dispatched,
                        (SELECT count(*) FROM relais.job_finished) AS done
                    """
                )
                most = max(most, try counts[0].decode("dispatched", as: Int.self))
                return try counts[0].decode("done", as: Int.self) == 300
            }
            #expect(most <= 100)
            #expect(Set(ran.all).count == 300 && ran.all.count == 300)
        }
    }

    @Test func twoRelaysAtOncePublishNothingTwice() async throws {
        try await withEngineWorld { world in
            let one = try world.startProducer()
            let other = try world.startProducer()
            try await eventually("both brokers") { one.connection.isConnected && other.connection.isConnected }
            try await world.enqueue(2000, of: Work.self)
            try await eventually("all messages") { try await one.messages(in: "work") >= 2000 }
            try await world.waitUntilTheRelaySleeps()
            let messages = try await one.messages(in: "work")
            #expect(messages == 2000)
            let ran = EventLog<JobID>()
            try world.startWorker(recording(Work.self, in: ran))
            try await world.waitUntil(2000, are: .done)
            #expect(ran.all.count == 2000 && Set(ran.all).count == 2000)
        }
    }

    /// No notice ends before the last reset has run: a reset behind them would never run.
    @Test func fiveThousandNoticesDoNotDelayAReset() async throws {
        try await withEngineWorld { world in
            let gate = Gate()
            let resets = EventLog<JobID>()
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, _ in
                    try await gate.pass()
                    return .done()
                },
                recording(Urgent.self, in: resets)
            )
            try await world.wait(for: world.enqueue(Urgent()), state: .done)
            try await world.enqueue(5000, of: Work.self)
            for number in 1...5 {
                let id = try await world.enqueue(Urgent(number: number))
                try await resets.first("reset \(number)") { $0 == id }
            }
            let waiting = try await world.count("SELECT count(*) FROM relais.job WHERE queue = 'work'")
            #expect(waiting == 5000, "the notices must still be waiting for this test to mean anything")
            gate.open()
        }
    }

    @Test func jobOfTheFutureIsDispatchedAndNotBeforeItsTime() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: EventLog<JobID>()))
            let due = Date(timeIntervalSinceNow: 2)
            let job = try await world.wait(for: world.enqueue(Work(), runAt: due), state: .done)
            let delay = try #require(job.dispatchedAt).timeIntervalSince(due)
            #expect(delay > -0.001)
        }
    }

    @Test func deadBrokerConnectionsAreMendedWithoutLosingOrRepeatingAJob() async throws {
        try await withEngineWorld { world in
            let ran = EventLog<JobID>()
            let producer = try world.startProducer()
            let worker = try world.startWorker(recording(Work.self, in: ran))
            try await eventually("the broker") { producer.connection.isConnected && worker.connection.isConnected }
            for round in 1...3 {
                try await world.enqueue(200, of: Work.self)
                try await eventually("connections that the broker knows of") {
                    try await world.host.closeConnections() > 0
                }
                try await ran.first("half of round \(round)", number: round * 200 - 100) { _ in true }
            }
            try await world.waitUntil(600, are: .done)
            #expect(ran.all.count == 600 && Set(ran.all).count == 600)
        }
    }
}
