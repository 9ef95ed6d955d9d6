import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 1: callers that share a transaction are answered each for himself")
struct EnqueueGroupTests {
    @Test func concurrentCallersShareTransactionsAndEachGetsItsOwnJob() async throws {
        try await withEngineWorld { world in
            let group = EnqueueGroup(database: world.pool, patience: .seconds(1), timeout: .seconds(5))
            let ids = try await withThrowingTaskGroup(of: (Int, JobID).self) { tasks in
                for number in 0..<200 {
                    tasks.addTask { (number, try await group.enqueue(NewJob(Work(number: number))).id) }
                }
                return try await tasks.reduce(into: [Int: JobID]()) { $0[$1.0] = $1.1 }
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
            let group = EnqueueGroup(database: world.pool, patience: .seconds(1), timeout: .seconds(5))
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
            let group = EnqueueGroup(database: world.pool, patience: .seconds(2), timeout: .seconds(5))
            let platform = try await PostgresConnection.connect(
                PostgresConfiguration(conninfo: world.database.conninfo, applicationName: "platform"),
                logger: .silent
            )
            try await platform.run(script: "BEGIN")
            let held = try NewJob(Work(), uniqueKey: "held")
            _ = try await Ledger.enqueue(held, on: platform)
            let ended = EventLog<String>()
            let free = try NewJob(Work())
            await withTaskGroup { tasks in
                tasks.addTask {
                    do {
                        _ = try await group.enqueue(held)
                    } catch {
                        ended.append("held: \((error as? PostgresError)?.sqlState ?? "\(error)")")
                    }
                }
                for _ in 0..<20 {
                    tasks.addTask {
                        if (try? await group.enqueue(free)) != nil { ended.append("free") }
                    }
                }
            }
            #expect(ended.all.count == 21)
            #expect(ended.all.last == "held: 55P03", "the others were done before it gave up")
            try await platform.run(script: "ROLLBACK")
            await platform.close()
        }
    }
}
