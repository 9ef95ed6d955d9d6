import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Operators steer single processes")
struct ProcessControlTests {
    @Test func aQuietProcessTakesNothingMoreAndIsSafeToStopOnceNothingRuns() async throws {
        try await withEngineWorld { world in
            let gate = Gate()
            let ran = EventLog<JobID>()
            try world.startProducer()
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    ran.append(context.job.id)
                    try await gate.pass()
                    return .done()
                }
            )
            let first = try await world.enqueue(Work())
            try await world.wait(for: first, state: .running)
            let number = try await worker.presence.number()
            #expect(try await world.ledger.ask(.quiet, of: number, .test))
            let quiet = try await world.wait(for: number, "quiet") { $0.isQuiet }
            #expect(quiet.running == 1 && !quiet.isSafeToStop)
            let second = try await world.enqueue(Work())
            try await world.wait(for: second, state: .dispatched)
            gate.open()
            try await world.wait(for: first, state: .done)
            let idle = try await world.wait(for: number, "safe to stop") { $0.isSafeToStop }
            #expect(idle.isQuiet)
            // A worker that is not quiet gets what this one does not take.
            let other = try world.startWorker(recording(Work.self, in: ran))
            try await world.wait(for: second, state: .done)
            try await other.stop()
            #expect(try await world.ledger.ask(.wake, of: number, .test))
            let third = try await world.enqueue(Work())
            try await world.wait(for: third, state: .done)
            #expect(ran.all == [first, second, third])
        }
    }

    @Test func aProcessThatIsStoppedFromAfarEndsAsBySIGTERM() async throws {
        try await withEngineWorld { world in
            let worker = try world.startWorker(recording(Work.self, in: EventLog<JobID>()))
            let stays = try world.startWorker(recording(Work.self, in: EventLog<JobID>()))
            let number = try await worker.presence.number()
            _ = try await stays.presence.number()
            #expect(try await world.ledger.ask(.stop, of: number, .test))
            try await eventually("the process to leave") {
                try await world.ledger.processes().allSatisfy { $0.number != number }
            }
            let left = try await world.ledger.processes().map(\.number)
            #expect(left == [try await stays.presence.number()])
        }
    }

    @Test func anUnknownProcessIsToldApart() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer()
            let number = try await producer.presence.number()
            for request in ProcessRequest.allCases {
                #expect(try await world.ledger.ask(request, of: number, .test) == false, "a producer is no worker")
                #expect(try await world.ledger.ask(request, of: number + 99, .test) == false)
            }
            #expect(try await world.ledger.audit(limit: 10).isEmpty)
        }
    }

    @Test func aProcessThatIsBuriedAndComesBackStaysQuiet() async throws {
        try await withEngineWorld { world in
            let worker = try world.startWorker(recording(Work.self, in: EventLog<JobID>()))
            let number = try await worker.presence.number()
            #expect(try await world.ledger.ask(.quiet, of: number, .test))
            try await world.wait(for: number, "quiet") { $0.isQuiet }
            _ = try await world.pool.execute("DELETE FROM relais.process WHERE id = \(number)")
            try await worker.losePresenceSession(in: world)
            try await eventually("the process to be quiet under a new number") {
                try await world.ledger.processes().contains { $0.number != number && $0.isQuiet && $0.isQuietWanted }
            }
        }
    }
}

extension EngineWorld {
    @discardableResult
    fileprivate func wait(
        for process: Int64,
        _ what: String,
        _ condition: (ProcessStatus) -> Bool
    ) async throws -> ProcessStatus {
        var found: ProcessStatus?
        try await eventually("process \(process) to be \(what)") {
            found = try await self.ledger.processes().first { $0.number == process && condition($0) }
            return found != nil
        }
        return try #require(found)
    }
}
