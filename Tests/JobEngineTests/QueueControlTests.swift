import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import JobEngine

@Suite("Operators steer queues: on all processes, and past their restarts")
struct QueueControlTests {
    @Test func aPausedQueueDispatchesNothingUntilItIsResumed() async throws {
        try await withEngineWorld { world in
            let ran = EventLog<JobID>()
            let relay = try world.startProducer()
            try world.startWorker(recording(Work.self, in: ran), recording(Urgent.self, in: ran))
            let before = try await world.enqueue(Work())
            try await world.wait(for: before, state: .done)
            try await world.change("work") { $0.isPaused = true }
            try await world.enqueue(20, of: Work.self)
            // The relay serves the other queue, so it has looked at this one.
            let other = try await world.enqueue(Urgent())
            try await world.wait(for: other, state: .done)
            #expect(try await world.count(.pending) == 20)
            #expect(ran.all == [before, other])
            // A pause is a fact of the queue, not of a process.
            try await relay.stop()
            try world.startProducer()
            let later = try await world.enqueue(Urgent())
            try await world.wait(for: later, state: .done)
            #expect(try await world.count(.pending) == 20)
            try await world.change("work") { $0.isPaused = false }
            try await world.waitUntil(23, are: .done)
        }
    }

    @Test func aPauseTakesBackWhatNoWorkerHasClaimed() async throws {
        try await withEngineWorld { world in
            let relay = try world.startProducer()
            try await world.enqueue(50, of: Work.self)
            try await eventually("50 messages") { try await relay.messages(in: "work") == 50 }
            try await world.change("work") { $0.isPaused = true }
            #expect(try await world.count(.dispatched) == 0)
            let ran = EventLog<JobID>()
            let worker = try world.startWorker(recording(Work.self, in: ran))
            // The messages are stale: the worker drops them and runs nothing.
            try await eventually("the stale messages to be dropped") { try await worker.messages(in: "work") == 0 }
            #expect(ran.all.isEmpty)
            try await world.change("work") { $0.isPaused = false }
            try await world.waitUntil(50, are: .done)
            #expect(ran.all.count == 50 && Set(ran.all).count == 50)
        }
    }

    @Test func twoRelaysNeverExceedTheGlobalLimit() async throws {
        try await withEngineWorld { world in
            try await world.change("work") { $0.runningLimit = .set(3) }
            let running = Mutex((now: 0, most: 0))
            let begun = EventLog<Int>()
            let handler = Handling(Work.self) { arguments, _ in
                running.withLock { running in
                    running.now += 1
                    running.most = max(running.most, running.now)
                }
                // The first three run at once, or not at all.
                begun.append(arguments.number)
                try await begun.first("three jobs at once", number: 3) { _ in true }
                try await Task.sleep(for: .milliseconds(20))
                running.withLock { $0.now -= 1 }
                return .done()
            }
            try await world.enqueue(150, of: Work.self)
            for _ in 0..<2 {
                try world.startProducer()
                try world.startWorker(handler)
            }
            try await world.waitUntil(150, are: .done)
            #expect(running.withLock { $0.most } == 3)
        }
    }

    @Test func aRateHoldsOverTwoRelaysAndTheirRestart() async throws {
        try await withEngineWorld { world in
            try await world.change("work") { $0.rate = Rate("20/second").map { .set($0) } ?? .keep }
            try world.startWorker(recording(Work.self, in: EventLog<JobID>()))
            let first = try world.startProducer()
            try world.startProducer()
            try await world.enqueue(60, of: Work.self)
            try await eventually("15 jobs to be done") {
                try await world.count("SELECT count(*) FROM relais.job_finished") >= 15
            }
            try await first.stop()
            try world.startProducer()
            try await world.waitUntil(60, are: .done)
            let times = try await world.pool.query(
                "SELECT extract(epoch FROM dispatched_at)::float8 AS at FROM relais.job_finished ORDER BY dispatched_at"
            ).map { try $0.decode("at", as: Double.self) }
            // A bucket of two jobs: 0.1 s of the rate.
            for (index, at) in times.enumerated().dropFirst(22) {
                #expect(at - times[index - 22] > 0.95, "more than 22 jobs in a second")
            }
            // Ten take half a second; however slow the machine is, some ten in a row keep up with that.
            let tens = zip(times, times.dropFirst(10)).map { $1 - $0 }
            #expect(try #require(tens.min()) < 2, "the rate is hardly used")
        }
    }

    @Test func whatARateLetsThroughDoesNotGatherWhileNoWorkerIsThere() async throws {
        try await withEngineWorld { world in
            try await world.change("work") { $0.rate = Rate("40/second").map { .set($0) } ?? .keep }
            try await world.enqueue(100, of: Work.self)
            try world.startProducer()
            try await eventually("a first dispatch") { try await world.count(.dispatched) > 0 }
            // A relay that did not wait for claims would not sleep before all were dispatched. It has been awake since its
            // first turn, and this takes a second one.
            let other = try await world.enqueue(Urgent())
            try await world.wait(for: other, "dispatched") { $0.state == .dispatched }
            try await world.waitUntilTheRelaySleeps()
            #expect(
                try await world.count("SELECT count(*) FROM relais.job WHERE queue = 'work' AND state = 'dispatched'")
                    <= 4
            )
        }
    }

    @Test func slotsChangeAtRunTimeAndHoldForProcessesThatStartLater() async throws {
        try await withEngineWorld { world in
            let gate = Gate()
            try world.startProducer()
            let worker = try world.startWorker(
                Handling(Work.self) { _, _ in
                    try await gate.pass()
                    return .done()
                }
            )
            let number = try await worker.presence.number()
            try await world.change("work") { $0.slots = .set(2) }
            try await world.waitForSlots(2, of: number)
            try await world.enqueue(20, of: Work.self)
            try await eventually("two jobs to run") { try await world.count(.running) == 2 }
            try await world.waitUntilTheRelaySleeps()
            #expect(try await world.count(.running) == 2)
            try await world.change("work") { $0.slots = .set(6) }
            try await eventually("six jobs to run") { try await world.count(.running) == 6 }
            let later = try world.startWorker(recording(Work.self, in: EventLog<JobID>()))
            try await world.waitForSlots(6, of: try await later.presence.number())
            gate.open()
            try await world.waitUntil(20, are: .done)
            try await world.change("work") { $0.slots = .clear }
            try await world.waitForSlots(TestCatalogue.work.slots, of: number)
        }
    }
}

extension EngineWorld {
    /// Waits until a process says that it has so many slots for the queue `work`.
    fileprivate func waitForSlots(_ slots: Int, of process: Int64) async throws {
        try await eventually("\(slots) slots") {
            try await self.ledger.processes().first { $0.number == process }?.slots["work"] == slots
        }
    }
}
