import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 5: a failed job waits, is tried a bounded number of times and never disappears")
struct FailureTests {
    struct Broken: Error {}

    @Test func failedJobKeepsItsBackoffAndItsAttemptsAndDiesWithAllItsFailures() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    .retry(because: "attempt \(context.job.attempt) did not work")
                }
            )
            let id = try await world.enqueue(Work())
            let job = try await world.wait(for: id, state: .dead)
            #expect(job.attempt == 3 && job.failures == 3 && job.crashes == 0 && job.snoozes == 0)
            #expect(job.reason == "attempt 3 did not work")
            let failures = try await world.ledger.failures(of: id)
            #expect(failures.map(\.message) == (1...3).map { "attempt \($0) did not work" })
            #expect(failures.map(\.attempt) == [1, 2, 3])
            for (earlier, later) in zip(failures, failures.dropFirst()) {
                let wait = try #require(later.claimedAt).timeIntervalSince(earlier.endedAt)
                #expect(wait >= 0.4, "attempt \(later.attempt) came \(wait) s after a failure")
            }
        }
    }

    @Test func handlerThatAsksForItsOwnDelayIsNotRunBeforeIt() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    context.job.attempt == 1 ? .retry(after: .milliseconds(900), because: "later") : .done()
                }
            )
            let id = try await world.enqueue(Work())
            let job = try await world.wait(for: id, state: .done)
            let failure = try #require(await world.ledger.failures(of: id).first)
            #expect(try #require(job.claimedAt).timeIntervalSince(failure.endedAt) >= 0.9)
        }
    }

    @Test func discardedJobIsDeadAtOnceAndKeepsItsReason() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(Handling(Work.self) { _, _ in .discard(because: "no such account") })
            let id = try await world.enqueue(Work())
            let job = try await world.wait(for: id, state: .dead)
            #expect(job.attempt == 1 && job.failures == 1 && job.reason == "no such account")
            let failures = try await world.ledger.failures(of: id)
            #expect(failures.map(\.errorClass) == ["discard"])
        }
    }

    @Test func snoozedJobComesBackUnchargedAndNotBeforeItsTime() async throws {
        try await withEngineWorld { world in
            let claims = EventLog<Date>()
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    claims.append(context.job.claimedAt)
                    return context.job.snoozes < 3 ? .snooze(.milliseconds(300)) : .done()
                }
            )
            let id = try await world.enqueue(Work())
            let job = try await world.wait(for: id, state: .done)
            // One more than the failures that would have killed it.
            #expect(job.attempt == 4 && job.snoozes == 3 && job.failures == 0)
            for (earlier, later) in zip(claims.all, claims.all.dropFirst()) {
                #expect(later.timeIntervalSince(earlier) >= 0.3)
            }
            let failures = try await world.ledger.failures(of: id)
            #expect(failures.isEmpty)
        }
    }

    @Test func obsoleteJobEndsWithItsReasonAndIsNoFailure() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(Handling(Work.self) { _, _ in .obsolete(because: "already active") })
            let job = try await world.wait(for: world.enqueue(Work()), state: .obsolete)
            #expect(job.reason == "already active" && job.failures == 0)
        }
    }

    @Test func jobPastItsDeadlineEndsObsoleteWithoutRunning() async throws {
        try await withEngineWorld { world in
            let ran = EventLog<JobID>()
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: ran))
            let id = try await world.enqueue(Work(), deadline: Date(timeIntervalSinceNow: -1))
            let job = try await world.wait(for: id, state: .obsolete)
            #expect(job.reason == "deadline" && ran.all.isEmpty)
        }
    }

    @Test func deadlineBeatsTheAttemptsThatAreLeft() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    // The deadline passes while the job runs.
                    _ = try await context.database.execute(
                        "UPDATE relais.job SET deadline = clock_timestamp() WHERE id = \(context.job.id.uuid)"
                    )
                    return .retry(because: "not yet")
                }
            )
            let id = try await world.enqueue(Work(), deadline: Date(timeIntervalSinceNow: 3600))
            let job = try await world.wait(for: id, state: .obsolete)
            #expect(job.reason == "deadline" && job.failures == 1)
        }
    }

    @Test func attemptPastItsRunLimitIsCancelledAndCountsAsAFailure() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(
                Handling(Brief.self) { _, _ in
                    try await hang()
                    return .done()
                }
            )
            let id = try await world.enqueue(Brief())
            let job = try await world.wait(for: id, state: .dead)
            #expect(job.failures == 2 && job.attempt == 2)
            let failures = try await world.ledger.failures(of: id)
            #expect(failures.map(\.errorClass) == ["run-limit", "run-limit"])
        }
    }

    @Test func argumentsThatTheHandlerCannotReadKillTheJobWithoutQuotingThem() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: EventLog<JobID>()))
            let id = try await world.ledger.enqueue(
                NewJob(kind: "test.work", arguments: JSON(#"{"number": "marie.curie@example.org"}"#))
            )
            let job = try await world.wait(for: id, state: .dead)
            let reason = try #require(job.reason)
            #expect(reason.contains("number") && !reason.contains("curie"))
        }
    }

    @Test func kindWithoutAHandlerIsPutOffAndNotCharged() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: EventLog<JobID>()))
            let job = try await world.wait(for: world.enqueue(Brief()), "put off") { $0.snoozes == 1 }
            #expect(job.state == .pending && job.failures == 0)
            let claimedAt = try #require(job.claimedAt)
            #expect(job.runAt.timeIntervalSince(claimedAt) >= 60)
        }
    }

    @Test func resultThatTheDatabaseRefusesFailsItsJobAndNoOther() async throws {
        try await withEngineWorld { world in
            let ready = EventLog<Int>()
            let gate = Gate()
            try world.startProducer()
            // They end at the same time, so that their ends stand in one batch.
            try world.startWorker(
                Handling(Work.self) { arguments, _ in
                    ready.append(arguments.number)
                    try await gate.pass()
                    return .done(result: JSON(arguments.number == 3 ? #"{"text": "\u0000"}"# : #"{"rows": 1}"#))
                }
            )
            try await world.enqueue(8, of: Work.self)
            try await ready.first("all eight", number: 8) { _ in true }
            gate.open()
            try await world.waitUntil(7, are: .done)
            // Each of its ends is refused, and charged to it alone.
            try await world.waitUntil(1, are: .dead)
            let charged = try await world.count(
                """
                SELECT count(*) FROM relais.job_finished
                WHERE failures = CASE (arguments ->> 'number')::int WHEN 3 THEN 3 ELSE 0 END
                """
            )
            #expect(charged == 8)
        }
    }
}

@Suite("Promise 6: nothing personal is recorded of an error")
struct ErrorRecordTests {
    struct Personal: Error, CustomStringConvertible {
        var description: String { "no mailbox for marie.curie@example.org" }
    }

    struct Impersonal: RecordableError {
        var errorClass: String { "smtp/451" }
        var record: String { "the server asked to come back later" }
    }

    @Test func errorWithPersonalWordsIsRecordedByItsTypeAlone() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    if context.job.attempt == 1 { throw Personal() }
                    throw Impersonal()
                }
            )
            let id = try await world.enqueue(Work())
            try await world.wait(for: id, state: .dead)
            let failures = try await world.ledger.failures(of: id)
            let first = try #require(failures.first)
            #expect(first.errorClass.hasSuffix("Personal"))
            #expect(!first.message.contains("curie") && first.message.contains("Personal"))
            #expect(failures.last?.errorClass == "smtp/451")
            #expect(failures.last?.message == "the server asked to come back later")
            let traces = try await world.count(
                """
                SELECT (SELECT count(*) FROM relais.job_finished f WHERE f::text LIKE '%curie%')
                    + (SELECT count(*) FROM relais.failure f WHERE f::text LIKE '%curie%')
                """
            )
            #expect(traces == 0)
        }
    }

    @Test func databaseErrorIsRecordedWithoutTheRowThatItQuotes() async throws {
        try await withEngineWorld { world in
            try await world.database.withConnection { connection in
                try await connection.run(
                    script:
                        "CREATE TABLE person (address text UNIQUE); INSERT INTO person VALUES ('marie.curie@example.org')"
                )
            }
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    try await context.finish(.done()) { connection in
                        let address = "marie.curie@example.org"
                        _ = try await connection.execute("INSERT INTO person VALUES (\(address))")
                    }
                }
            )
            let id = try await world.enqueue(Work())
            let job = try await world.wait(for: id, state: .dead)
            let failures = try await world.ledger.failures(of: id)
            #expect(failures.map(\.errorClass) == Array(repeating: "postgres/23505", count: 3))
            let reason = try #require(job.reason)
            #expect(reason.contains("person_address_key") && !reason.contains("curie"))
        }
    }

    @Test(arguments: [
        ("a\0b", "ab"),
        (String(repeating: "x", count: 5000), String(repeating: "x", count: 2048)),
        (String(repeating: "é", count: 2000), String(repeating: "é", count: 1024)),
        ("x" + String(repeating: "é", count: 2000), "x" + String(repeating: "é", count: 1023)),
        ("", ""),
    ])
    func textsAreKeptWithoutNULAndWithinTwoKibibytes(_ text: String, _ expected: String) {
        #expect(LedgerText.fitted(text) == expected)
    }

    @Test func reasonOfMegabytesWithNULEndsTheJobAllTheSame() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, _ in
                    .obsolete(because: "\0" + String(repeating: "long ", count: 200_000))
                }
            )
            let job = try await world.wait(for: world.enqueue(Work()), state: .obsolete)
            #expect(job.reason?.utf8.count == 2048)
        }
    }
}
