import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 4: a mail that was handed over is known to the next attempt")
struct MailMarkTests {
    private static let messageID = "<0197a1de@example.org>"

    @Test func nextAttemptSeesTheHandoverWithoutAnswer() async throws {
        try await withEngineWorld { world in
            let seen = EventLog<String>()
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    let before = try await context.previousHandover()
                    seen.append(before.map { "\($0.messageID) \($0.handovers)" } ?? "none")
                    try await context.handOver(messageID: Self.messageID)
                    let own = try await context.previousHandover()
                    seen.append(own == nil ? "not its own" : "its own")
                    if context.job.attempt < 3 { return .retry(because: "the connection was lost after the dot") }
                    return .done(mail: MailAnswer(.accepted, code: 250, enhanced: "2.0.0"))
                }
            )
            let id = try await world.enqueue(Work())
            let job = try await world.wait(for: id, state: .done)
            #expect(
                seen.all == [
                    "none", "not its own", "\(Self.messageID) 1", "not its own", "\(Self.messageID) 2", "not its own",
                ]
            )
            #expect(job.mailState == "accepted")
            let rows = try await world.pool.query("SELECT reply_code, reply_enhanced, handovers FROM relais.mail")
            #expect(rows.count == 1)
            #expect(try rows.first?.decode("reply_code", as: Int.self) == 250)
            #expect(try rows.first?.decode("handovers", as: Int.self) == 3)
        }
    }

    @Test func handoverThatTheServerRefusedIsForgotten() async throws {
        try await withEngineWorld { world in
            let seen = EventLog<Bool>()
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    seen.append(try await context.previousHandover() == nil)
                    try await context.handOver(messageID: Self.messageID)
                    if context.job.attempt == 2 { return .done(mail: MailAnswer(.unknown)) }
                    try await context.withdrawHandover()
                    return .retry(because: "the server said 451")
                }
            )
            let job = try await world.wait(for: world.enqueue(Work()), state: .done)
            #expect(seen.all == [true, true])
            #expect(job.mailState == "unknown")
        }
    }

    @Test func handoverOfALostClaimChangesNothing() async throws {
        try await withEngineWorld { world in
            let (old, process) = try await world.claimOne()
            let lost = JobContext(job: old, ledger: world.ledger, logger: .silent)
            _ = try await world.pool.query(RescueSQL.giveBack(of: process))
            let new = try await world.claim(old.id, process: process)
            let current = JobContext(job: new, ledger: world.ledger, logger: .silent)
            try await current.handOver(messageID: Self.messageID)
            await #expect(throws: LedgerError.self) { try await lost.handOver(messageID: "<other@example.org>") }
            try await lost.withdrawHandover()
            let rows = try await world.pool.query("SELECT message_id, claim, handovers FROM relais.mail")
            #expect(rows.count == 1)
            #expect(try rows.first?.decode("message_id", as: String.self) == Self.messageID)
            #expect(try rows.first?.decode("claim", as: UUID.self) == new.claim)
        }
    }

    @Test func killAfterTheHandoverLeavesItOpenForTheNextAttempt() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer()
            _ = try await producer.presence.number()
            let handed = EventLog<JobID>()
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    try await context.handOver(messageID: Self.messageID)
                    handed.append(context.job.id)
                    try await hang()
                    return .done(mail: MailAnswer(.accepted, code: 250))
                }
            )
            let id = try await world.enqueue(Work())
            try await handed.first("the mark") { $0 == id }
            try await worker.kill()
            let seen = EventLog<String>()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    seen.append(try await context.previousHandover()?.messageID ?? "none")
                    return .done(mail: MailAnswer(.unknown))
                }
            )
            let job = try await world.wait(for: id, state: .done)
            #expect(seen.all == [Self.messageID] && job.mailState == "unknown")
        }
    }
}
