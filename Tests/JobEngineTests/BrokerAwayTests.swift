import AMQP
import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 9: with the broker away workers take their jobs from the ledger")
struct BrokerAwayTests {
    @Test func pendingAndDispatchedJobsRunWithoutItAndOldMessagesAreStale() async throws {
        try await withEngineWorld { world in
            let (proxy, url) = try TCPProxy.between(world.host.url)
            defer { proxy.close() }
            let producer = try world.startProducer(chores: false, brokerURL: url)
            let dispatched = try await world.enqueue(Work(number: 1))
            try await world.wait(for: dispatched, state: .dispatched)
            let observer = try world.startProducer(relay: false, chores: false)
            try await eventually("the message to be there") { try await observer.messages(in: "work") == 1 }
            proxy.refuse()
            try await eventually("the producer to notice") { !producer.connection.isConnected }
            let pending = try await world.enqueue(Work(number: 2))
            let ran = EventLog<JobID>()
            let worker = try world.startWorker(recording(Work.self, in: ran), brokerURL: url)
            for id in [dispatched, pending] {
                try await world.wait(for: id, state: .done)
            }
            proxy.restore()
            try await eventually("the worker to be back") { worker.connection.isConnected }
            let last = try await world.enqueue(Work(number: 3))
            try await world.wait(for: last, state: .done)
            try await eventually("the old message to go") { try await observer.messages(in: "work") == 0 }
            #expect(ran.all.count == 3 && Set(ran.all) == [dispatched, pending, last])
            try await world.stop(worker, expectingEmpty: "work", seenBy: observer)
        }
    }

    @Test func slotsPausesLimitsAndExclusivityHoldWithoutIt() async throws {
        try await withEngineWorld { world in
            let (proxy, url) = try TCPProxy.between(world.host.url)
            defer { proxy.close() }
            proxy.refuse()
            let gate = Gate()
            let started = EventLog<String>()
            _ = try await world.pool.execute(
                "UPDATE relais.queue SET paused_at = now() WHERE name = 'urgent'"
            )
            _ = try await world.pool.execute("UPDATE relais.queue SET running_limit = 3 WHERE name = 'work'")
            try await world.enqueue(3, of: Single.self)
            try await world.enqueue(Urgent())
            try await world.enqueue(6, of: Work.self)
            try world.startWorker(
                Handling(Single.self) { _, _ in
                    started.append("single")
                    try await gate.pass()
                    return .done()
                },
                Handling(Work.self) { _, _ in
                    started.append("work")
                    try await gate.pass()
                    return .done()
                },
                Handling(Urgent.self) { _, _ in
                    started.append("urgent")
                    return .done()
                },
                brokerURL: url
            )
            try await started.first("the single one") { $0 == "single" }
            try await started.first("three of the others", number: 3) { $0 == "work" }
            // Both have free slots and jobs that are due.
            for queue in ["work", "urgent"] { try await world.waitForLooks(3, at: queue) }
            #expect(started.all.sorted() == ["single", "work", "work", "work"])
            gate.open()
            try await world.waitUntil(9, are: .done)
        }
    }

    /// Nine jobs are more than one step of eight slots takes. With a pause after each step the first and the last of any
    /// nine in a row are claimed a pause apart; without it some are closer, however slow the machine is.
    @Test func shortJobsDoNotWaitOutAPauseForEachStepWithoutIt() async throws {
        try await withEngineWorld { world in
            let (proxy, url) = try TCPProxy.between(world.host.url)
            defer { proxy.close() }
            proxy.refuse()
            try await world.enqueue(160, of: Work.self)
            let claims = EventLog<Date>()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    claims.append(context.job.claimedAt)
                    return .done()
                },
                brokerURL: url
            )
            try await world.waitUntil(160, are: .done)
            let times = claims.all.sorted()
            let spans = zip(times, times.dropFirst(8)).map { $1.timeIntervalSince($0) }
            #expect(try #require(spans.min()) < 0.4, "no two steps came without a pause of 0.4 s and more")
        }
    }

    @Test func twoOfAnExclusiveKindRunOneAfterTheOtherWithoutIt() async throws {
        try await withEngineWorld { world in
            let process = try await world.registerProcess()
            try await world.enqueue(Exclusive())
            let first = try await world.ledger.claimDue(
                .anyDue,
                queue: "work",
                under: [UUID(), UUID()],
                process: process
            )
            try await world.enqueue(Exclusive())
            let second = try await world.ledger.claimDue(
                .anyDue,
                queue: "work",
                under: [UUID(), UUID()],
                process: process
            )
            #expect(first.count == 1 && second.isEmpty)
            _ = try await world.ledger.end(first.map { Ending($0, .done) })
            let third = try await world.ledger.claimDue(
                .anyDue,
                queue: "work",
                under: [UUID(), UUID()],
                process: process
            )
            #expect(third.count == 1)
        }
    }

    @Test func aClaimWithoutItWhoseAnswerWasLostIsReadBack() async throws {
        try await withEngineWorld { world in
            let process = try await world.registerProcess()
            let id = try await world.enqueue(Work())
            let tokens = [UUID(), UUID()]
            let claimed = try await world.ledger.claimDue(.anyDue, queue: "work", under: tokens, process: process)
            let again = try await world.ledger.claimed(under: tokens, process: process)
            #expect(again.map(\.id) == [id] && again.map(\.claim) == claimed.map(\.claim))
        }
    }
}

extension EngineWorld {
    /// Waits until somebody has asked so often at a queue's gate what he may have. Each time leaves its mark on the queue's
    /// row, which it locks.
    fileprivate func waitForLooks(_ count: Int, at queue: String) async throws {
        var marks: Set<Int> = []
        try await eventually("\(count) looks at \(queue)") {
            let mark = try await self.count("SELECT xmax::text::bigint FROM relais.queue WHERE name = \(queue)")
            marks.insert(mark)
            return marks.count > count
        }
    }
}
