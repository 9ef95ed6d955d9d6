import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

/// Walks the operators' table: carries out each row once where its predicate does not hold and once where it does.
@Suite("The table of the operators' transitions says what their acts do")
struct OperatorTransitionTests {
    @Test(arguments: JobTransition.operators)
    func eachRowMovesTheJobAsItSays(_ transition: JobTransition) async throws {
        try await withEngineWorld { world in
            let from = try #require(transition.from)
            let id = try await world.job(in: from, kind: transition.event == "send back superseded" ? .waiting : .work)
            try await world.stepWithoutItsPredicate(transition, id)
            let untouched = try await world.job(id)
            #expect(untouched.state == from)
            try await world.step(transition, id)
            let job = try await world.job(id)
            #expect(job.state == transition.to)
            if transition.to == .pending, from == .dead {
                #expect(job.failures == 0 && job.crashes == 0 && job.snoozes == 0)
                #expect(job.attempt == untouched.attempt)
            }
            // Whatever becomes of a dead job, its failures stay.
            let failures = try await world.ledger.failures(of: id)
            #expect(failures.count == (from == .dead ? 1 : 0))
            let audited = try await world.ledger.audit(limit: 10)
            #expect(audited.count == 1)
        }
    }
}

enum WalkKind {
    case work, waiting
}

extension EngineWorld {
    fileprivate func job(in state: JobState, kind: WalkKind) async throws -> JobID {
        let soon = Date(timeIntervalSinceNow: 3600)
        switch state {
        case .pending:
            return try await enqueue(Work(), runAt: soon)
        case .dispatched:
            let id = try await enqueue(Work())
            let process = try await registerProcess()
            #expect(try await ledger.mark(queue: "work", relay: process, limit: 10) != nil)
            return id
        default:
            let id = try await kind == .work ? enqueue(Work()) : enqueue(Waiting())
            try await kill([id])
            return id
        }
    }

    fileprivate func stepWithoutItsPredicate(_ transition: JobTransition, _ id: JobID) async throws {
        switch transition.event {
        case "take window back":
            _ = try await pool.execute(QueueControlSQL.takeWindowBack("urgent"))
        case "hurry", "send back", "send back superseded":
            #expect(try await ledger.retry(JobID(UUID()), .test) == .unknown)
            if transition.event == "hurry" { #expect(try await ledger.discard(id, .test) == .notDead(.pending)) }
        default:
            #expect(try await ledger.discard(JobID(UUID()), .test) == .unknown)
        }
    }

    fileprivate func step(_ transition: JobTransition, _ id: JobID) async throws {
        switch transition.event {
        case "take window back":
            var change = QueueChange()
            change.runningLimit = .set(5)
            #expect(try await ledger.change("work", change, .test) != nil)
        case "hurry":
            #expect(try await ledger.retry(id, .test) == .sooner)
            #expect(try await count("SELECT count(*) FROM relais.job WHERE run_at <= clock_timestamp()") == 1)
        case "send back":
            #expect(try await ledger.retry(id, .test) == .again)
        case "send back superseded":
            try await enqueue(Waiting())
            #expect(try await ledger.retry(id, .test) == .superseded)
        default:
            #expect(try await ledger.discard(id, .test) == .cancelled)
        }
    }
}

extension Act {
    static let test = Act(actor: "tests", reason: "a test wants it")
}
