import AMQP
import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 2: what the broker loses is dispatched again")
struct LostBatchTests {
    @Test(arguments: [false, true])
    func jobsOfAPurgedOrDeletedQueueStillRunOnce(_ isDeleted: Bool) async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer()
            try await world.enqueue(50, of: Work.self)
            try await eventually("the messages") { try await producer.messages(in: "work") == 50 }
            if isDeleted {
                _ = try await producer.connection.delete(queue: "work")
            } else {
                _ = try await producer.connection.purge(queue: "work")
            }
            let ran = EventLog<JobID>()
            try world.startWorker(recording(Work.self, in: ran))
            try await world.waitUntil(50, are: .done)
            #expect(ran.all.count == 50 && Set(ran.all).count == 50)
        }
    }

    /// Each compared with each other one, forty thousand took half a minute, with their rows locked, and no queue could be
    /// paused meanwhile. So many would take a quarter of an hour.
    @Test func twoHundredThousandClaimedBatchesAreForgottenInOneLook() async throws {
        try await withEngineWorld { world in
            let pool = world.ledger.durable
            _ = try await pool.execute(
                """
                INSERT INTO relais.dispatch_batch (queue, relay, size, marked_at, confirmed_at)
                SELECT 'work', 1, 1, clock_timestamp() - interval '31 s', clock_timestamp() - interval '31 s'
                FROM generate_series(1, 200000)
                """
            )
            let look = RelaySQL.takeBackLost(after: .seconds(5), unconfirmedFor: .seconds(30))
            #expect(try await pool.execute(look, as: "look for lost batches", timeout: longestWait) == 0)
            let left = try await pool.query("SELECT count(*) AS batches FROM relais.dispatch_batch").first
            #expect(try left?.decode("batches", as: Int.self) == 0)
        }
    }

    @Test func queueDeletedUnderALivingConsumerComesBackForTheNextJob() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer()
            let ran = EventLog<JobID>()
            try world.startWorker(recording(Work.self, in: ran))
            try await world.wait(for: world.enqueue(Work()), state: .done)
            _ = try await producer.connection.delete(queue: "work")
            let next = try await world.enqueue(Work(number: 2))
            try await world.wait(for: next, state: .done)
        }
    }

    @Test func brokerThatLosesEverythingLosesNoJob() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            let ran = EventLog<JobID>()
            let gate = Gate()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    // All the others are in the broker, or on their way to it, when it loses everything.
                    if ran.all.count >= 50 { try await gate.pass() }
                    ran.append(context.job.id)
                    return .done()
                }
            )
            try await world.enqueue(600, of: Work.self)
            try await ran.first("the first jobs", number: 50) { _ in true }
            try await world.host.remove()
            try await world.host.create()
            gate.open()
            try await world.waitUntil(600, are: .done)
            #expect(ran.all.count == 600 && Set(ran.all).count == 600)
        }
    }

    @Test func brokerThatIsNotThereYetDelaysJobsAndLosesNone() async throws {
        try await withEngineWorld { world in
            try await world.host.remove()
            let producer = try world.startProducer()
            try await world.enqueue(20, of: Work.self)
            // Once it is registered its relay may mark. Without a worker, which would take them from the ledger.
            _ = try await producer.presence.number()
            // It looks twice a second, and nobody can see that it has looked and marked nothing. A batch, even one that it
            // takes back at once, leaves its number.
            try await world.holds("no batch while nobody can publish it", for: .seconds(3)) {
                try await world.count("SELECT count(*) FROM relais.dispatch_batch_batch_seq WHERE is_called") == 0
            }
            let ran = EventLog<JobID>()
            try world.startWorker(recording(Work.self, in: ran))
            try await world.host.create()
            try await world.waitUntil(20, are: .done)
            #expect(ran.all.count == 20)
        }
    }

    @Test func batchOfARelayThatDiedBeforeItsPublishIsDispatchedAgain() async throws {
        try await withEngineWorld { world in
            let gone = try await world.registerProcess()
            let id = try await world.enqueue(Work())
            _ = try #require(await world.ledger.mark(queue: "work", relay: gone, limit: 10))
            _ = try await world.pool.execute(RescueSQL.bury(gone))
            let ran = EventLog<JobID>()
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: ran))
            try await world.wait(for: id, state: .done)
        }
    }

    @Test func batchWhoseMarkWasNeverAnsweredIsDispatchedAgainWhileItsRelayLives() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer()
            let relay = try await producer.presence.number()
            let id = try await world.enqueue(Work(), runAt: Date(timeIntervalSinceNow: 3600))
            try await world.pool.transaction { connection in
                _ = try await connection.execute(
                    "UPDATE relais.job SET run_at = clock_timestamp() WHERE id = \(id.uuid)"
                )
                _ = try await connection.query(GateSQL.lock("work", isAwaited: true))
                let marked = try await connection.query(RelaySQL.mark(queue: "work", relay: relay, limit: 10))
                try #require(marked.count == 1)
                _ = try await connection.execute(
                    "UPDATE relais.dispatch_batch SET marked_at = clock_timestamp() - interval '31 s'"
                )
            }
            try await eventually("the batch to be dispatched anew") {
                try await world.count("SELECT count(*) FROM relais.dispatch_batch WHERE confirmed_at IS NOT NULL") == 1
            }
            try await eventually("its one message") { try await producer.messages(in: "work") == 1 }
        }
    }

    @Test func confirmedBatchThatALaterOneHasOvertakenIsTakenBack() async throws {
        try await withEngineWorld { world in
            let process = try await world.registerProcess()
            let lost = try await world.enqueue(Work(number: 1))
            let first = try #require(await world.ledger.mark(queue: "work", relay: process, limit: 10))
            try await world.ledger.confirm(first)
            _ = try await world.pool.execute(
                "UPDATE relais.dispatch_batch SET confirmed_at = clock_timestamp() - interval '6 s'"
            )
            let redispatch = RelaySQL.takeBackLost(after: .seconds(5), unconfirmedFor: .seconds(3600))
            let early = try await world.pool.execute(redispatch)
            #expect(early == 0, "no later batch shows that it is lost")
            let later = try await world.enqueue(Work(number: 2))
            let second = try #require(await world.ledger.mark(queue: "work", relay: process, limit: 10))
            let messages = second.entries.map(\.message)
            let unclaimed = try await world.pool.execute(redispatch)
            #expect(unclaimed == 0, "the later batch is not claimed yet")
            try await world.ledger.confirm(second)
            _ = try await world.ledger.claim(messages, under: [UUID()], queue: "work", process: process)
            let overtaken = try await world.pool.execute(redispatch)
            #expect(overtaken == 1)
            let states = [try await world.job(lost).state, try await world.job(later).state]
            #expect(states == [.pending, .running])
        }
    }

    @Test func workerCutOffFromTheBrokerDoesNotHaveTheWindowPublishedAgainAndAgain() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer()
            try await world.enqueue(10, of: Work.self)
            try await eventually("the messages") { try await producer.messages(in: "work") == 10 }
            try await world.database.withConnection { holder in
                // At the queue's gate: or it would take the jobs from the ledger itself, perhaps before it looks.
                try await holder.run(script: "BEGIN; SELECT FROM relais.queue WHERE name = 'work' FOR UPDATE")
                // A virtual host that does not exist: it connects for ever.
                try world.startWorker(
                    recording(Work.self, in: EventLog<JobID>()),
                    brokerURL: world.host.url + "-nowhere"
                )
                // It looks every five seconds, and nobody can see that it has looked and left everything as it is.
                try await world.holds("ten dispatched jobs", for: .seconds(11)) {
                    try await world.count(.dispatched) == 10
                }
                try await holder.run(script: "ROLLBACK")
            }
        }
    }
}
