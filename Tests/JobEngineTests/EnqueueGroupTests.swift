import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 1: callers that share a transaction are answered each for himself")
struct EnqueueGroupTests {
    @Test func concurrentCallersShareTransactionsAndEachGetsItsOwnJob() async throws {
        try await withEngineWorld { world in
            let called = EventLog<Int>()
            let gate = Gate()
            let ids = try await world.database.withPool(size: 1) { pool in
                // The first caller has to wait for the only connection until all have called.
                let isLent = EventLog<Bool>()
                let lending = Task {
                    try await pool.withConnection { _ in
                        isLent.append(true)
                        try await gate.pass()
                    }
                }
                try await isLent.first("the connection to be lent") { $0 }
                let group = EnqueueGroup(database: pool, patience: longestWait, timeout: longestWait)
                let ids = try await withThrowingTaskGroup(of: (Int, JobID).self) { tasks in
                    for number in 0..<200 {
                        tasks.addTask {
                            called.append(number)
                            return (number, try await group.enqueue(NewJob(Work(number: number))).id)
                        }
                    }
                    try await called.first("all callers", number: 200) { _ in true }
                    gate.open()
                    return try await tasks.reduce(into: [Int: JobID]()) { $0[$1.0] = $1.1 }
                }
                try await lending.value
                return ids
            }
            for (number, id) in ids {
                let stored = try await world.count(
                    "SELECT (arguments ->> 'number')::int FROM relais.job WHERE id = \(id.uuid)"
                )
                #expect(stored == number)
            }
            let transactions = try await world.count("SELECT count(DISTINCT xmin::text) FROM relais.job")
            #expect(transactions < 100, "200 callers at once made \(transactions) transactions")
        }
    }

    @Test func faultOfOneIsToldToItsCallerAlone() async throws {
        try await withEngineWorld { world in
            let group = EnqueueGroup(database: world.pool, patience: longestWait, timeout: longestWait)
            let outcomes = await withTaskGroup(of: (Int, Bool).self) { tasks in
                for number in 0..<20 {
                    tasks.addTask {
                        let kind = number == 7 ? "nobody.knows" : Work.definition.name
                        let job = NewJob(kind: kind, arguments: JSON("{}"))
                        return (number, (try? await group.enqueue(job)) != nil)
                    }
                }
                return await tasks.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
            }
            #expect(outcomes.filter { !$0.value }.map(\.key) == [7])
            let pending = try await world.count(.pending)
            #expect(pending == 19)
        }
    }

    /// The platform may leave a transaction open in which it has enqueued the same job.
    @Test func openTransactionHoldsUpNobodyButWhoAsksForItsKey() async throws {
        try await withEngineWorld { world in
            let group = EnqueueGroup(database: world.pool, patience: longestWait, timeout: longestWait)
            let held = try NewJob(Work(), uniqueKey: "held")
            let free = try NewJob(Work())
            try await world.database.withConnection { platform in
                try await platform.run(script: "BEGIN")
                _ = try await Ledger.enqueue(held, on: platform)
                let ended = EventLog<String>()
                @Sendable func ask() async throws -> JobID {
                    let made = try await group.enqueue(held)
                    ended.append("held")
                    return made.id
                }
                let first = Task { try await ask() }
                try await world.waitUntilSomebodyWaitsForALock()
                let second = Task { try await ask() }
                // As long as the transaction is open: whoever waited for it would never end.
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for _ in 0..<20 {
                        tasks.addTask {
                            _ = try await group.enqueue(free)
                            ended.append("free")
                        }
                    }
                    try await tasks.waitForAll()
                }
                #expect(ended.all == Array(repeating: "free", count: 20))
                let impatient = EnqueueGroup(database: world.pool, patience: .milliseconds(50), timeout: longestWait)
                let error = await #expect(throws: PostgresError.self) {
                    _ = try await impatient.enqueue(NewJob(Work(), uniqueKey: "held"))
                }
                #expect(error?.sqlState == "55P03")
                try await platform.run(script: "ROLLBACK")
                let ids = [try await first.value, try await second.value]
                #expect(Set(ids).count == 1, "one of them made the job, the other found it")
            }
        }
    }
}
