import Foundation
import TestSupport
import Testing

@testable import JobEngine

@Suite("WakeUp: a signal is never lost and a wait always ends")
struct WakeUpTests {
    /// Half of what a wait takes that nobody ends.
    private static let noWait = longestWait / 2

    @Test func signalFromBeforeEndsTheNextWaitAtOnceAndOnlyThatOne() async {
        let wakeUp = WakeUp()
        wakeUp.signal()
        wakeUp.signal()
        let clock = ContinuousClock()
        let first = await clock.measure { await wakeUp.wait(atMost: longestWait) }
        let second = await clock.measure { await wakeUp.wait(atMost: .milliseconds(100)) }
        #expect(first < Self.noWait && second >= .milliseconds(100))
    }

    @Test func signalEndsAWaitThatHasBegun() async {
        let wakeUp = WakeUp()
        let took = await ContinuousClock().measure {
            async let waiting: Void = wakeUp.wait(atMost: longestWait)
            wakeUp.signal()
            await waiting
        }
        #expect(took < Self.noWait)
    }

    @Test func cancellationEndsAWaitHoweverEarlyItComes() async {
        let took = await ContinuousClock().measure {
            for _ in 0..<2000 {
                let wakeUp = WakeUp()
                let waiting = Task { await wakeUp.wait(atMost: longestWait) }
                waiting.cancel()
                await waiting.value
            }
        }
        #expect(took < Self.noWait)
    }

    @Test func waitOfNoTimeEndsAlthoughItsTimerIsFasterThanItself() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<5000 {
                group.addTask { await WakeUp().wait(atMost: .zero) }
            }
            await group.waitForAll()
        }
    }

    @Test func secondWaiterReleasesTheFirst() async {
        let wakeUp = WakeUp()
        let took = await ContinuousClock().measure {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { group.addTask { await wakeUp.wait(atMost: longestWait) } }
                // One has released the other; the signal is for the one that is left, or kept for it.
                await group.next()
                wakeUp.signal()
                await group.waitForAll()
            }
        }
        #expect(took < Self.noWait)
    }
}

@Suite("Slots: a bounded number of places")
struct SlotsTests {
    @Test func placesThatAreTakenComeBack() async {
        let slots = Slots(3)
        _ = slots.take(upTo: 3)
        let none = await slots.waitForFree(atMost: .milliseconds(20))
        #expect(none == 0)
        async let waiting = slots.waitForFree(atMost: longestWait)
        slots.give()
        let one = await waiting
        #expect(one == 1)
    }

    @Test func takingWaitsForAPlaceEvenWhenItsTaskIsCancelled() async {
        let slots = Slots(1)
        _ = slots.take(upTo: 1)
        let taken = EventLog<Bool>()
        let taking = Task {
            await slots.take()
            taken.append(true)
        }
        taking.cancel()
        #expect(taken.all.isEmpty)
        slots.give()
        await taking.value
        #expect(slots.free == 0)
    }

    @Test func waitingForAllEndsOnlyWhenTheLastIsBack() async {
        let slots = Slots(8)
        _ = slots.take(upTo: 8)
        let order = EventLog<String>()
        let all = Task {
            await slots.allFree()
            order.append("all")
        }
        for number in 1...8 {
            order.append("\(number)")
            slots.give()
        }
        await all.value
        #expect(order.all == (1...8).map(String.init) + ["all"])
    }
}

@Suite("RunningJobs: what a stop knows of the attempts")
struct RunningJobsTests {
    @Test func cancellationReachesAnAttemptThatWasNotEvenAttached() async throws {
        try await withEngineWorld { world in
            let running = RunningJobs()
            let job = try await world.sample()
            running.begin(job, process: 1)
            running.interrupt(job.claim, .stopped)
            running.interrupt(job.claim, .tooSlow(.seconds(1)))
            let cancelled = EventLog<Bool>()
            running.attach(job.claim) { cancelled.append(true) }
            #expect(cancelled.all == [true])
            guard case .stopped = running.interruption(of: job.claim) else {
                Issue.record("the first reason counts")
                return
            }
        }
    }

    @Test func onlyTheAttemptsOfTheBuriedNumberAreInterrupted() async throws {
        try await withEngineWorld { world in
            let running = RunningJobs()
            let old = try await world.sample()
            let new = try await world.sample()
            running.begin(old, process: 1)
            running.begin(new, process: 2)
            running.interruptAll(.claimLost, process: 1)
            #expect(running.interruption(of: old.claim) != nil)
            #expect(running.interruption(of: new.claim) == nil)
        }
    }

    @Test func drainingEndsWithTheLastAttemptOrTheTime() async throws {
        try await withEngineWorld { world in
            let running = RunningJobs()
            let job = try await world.sample()
            running.begin(job, process: 1)
            let early = await running.drained(within: .milliseconds(50))
            #expect(!early)
            let draining = Task { await running.drained(within: longestWait) }
            running.end(job.claim)
            let late = await draining.value
            #expect(late)
        }
    }

    @Test func drainingOfACancelledStopDoesNotWait() async throws {
        try await withEngineWorld { world in
            let running = RunningJobs()
            running.begin(try await world.sample(), process: 1)
            let began = ContinuousClock.now
            let draining = Task { await running.drained(within: longestWait) }
            draining.cancel()
            let isDrained = await draining.value
            #expect(!isDrained && ContinuousClock.now - began < longestWait / 2)
        }
    }
}
