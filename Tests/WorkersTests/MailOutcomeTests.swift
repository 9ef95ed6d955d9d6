import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// What a mail server's answer, or its silence, does to the job.
@Suite struct MailOutcomeTests {
    /// One kind that somebody waits for, and one that is sent once at most.
    enum Kind: String, CaseIterable, Sendable {
        case activation = "account.activation"
        case notice = "application.expired-notice"

        var arguments: String { self == .activation ? #"{"account_id": 10}"# : #"{"application_id": 10}"# }
        /// The kind's shortest backoff, in seconds.
        var patience: Int { self == .activation ? 15 : 300 }
    }

    private func world(
        _ rules: [ScriptedSMTPServer.Rule],
        _ body: (WorkersWorld, ScriptedSMTPServer) async throws -> Void
    ) async throws {
        try await WorkersWorld.run(rules: rules) { world, server in
            try await world.run(
                script: PlatformFixture.waiting(10...10, submitted: "'2021-10-01'") + """
                    UPDATE platform.application SET state = 'expired', expired_at = now();
                    UPDATE platform.account SET confirmed_at = NULL WHERE id = 10;
                    """
            )
            try await body(world, server)
        }
    }

    @Test(arguments: Kind.allCases, ["rcpt", "end"])
    func aTemporaryRefusalIsTriedAgainAfterTheBackoff(_ kind: Kind, _ stage: String) async throws {
        let greylisting = ScriptedSMTPServer.Rule(
            stage,
            times: 1,
            reply: "451 4.7.1 <eleve10@college.example> is greylisted"
        )
        try await world([greylisting]) { world, server in
            let id = try await world.enqueue(kind.rawValue, kind.arguments)
            let job = try await world.worker.attempt(id)
            #expect(job.state == .pending)
            #expect(job.failures == 1)
            // From the failure on, by the clock that wrote both.
            let wait = try await world.integer(
                """
                SELECT extract(epoch FROM j.run_at - f.ended_at)::int FROM relais.job j
                JOIN relais.failure f ON f.job = j.id
                """
            )
            #expect((kind.patience - 1...kind.patience * 11 / 10 + 1).contains(wait), "\(wait) s")
            let failure = try await #require(world.ledger.failures(of: id).first)
            #expect(failure.message.contains("451 4.7.1"))
            #expect(try await world.traces(of: "eleve10") == [])
            // A refusal is an answer: the next attempt sends, whatever the kind does when there was none.
            #expect(try await world.mailState(id) == nil)
            let second = try await world.worker.attempt(id)
            #expect(second.state == .done)
            #expect(second.mailState == "accepted")
            try await server.expect("kept", 1)
        }
    }

    @Test(arguments: Kind.allCases, ["rcpt", "end"])
    func aRefusalForGoodIsDeadWithTheCodeAndWithoutTheAddress(_ kind: Kind, _ stage: String) async throws {
        let unknown = ScriptedSMTPServer.Rule(stage, reply: "550 5.1.1 <eleve10@college.example>: no such user")
        try await world([unknown]) { world, server in
            let job = try await world.perform(kind.rawValue, kind.arguments)
            #expect(job.state == .dead)
            #expect(job.reason?.contains("550 5.1.1") == true)
            let failures = try await world.ledger.failures(of: job.id)
            #expect(failures.count == 1)
            #expect(failures.first?.message.contains("550 5.1.1") == true)
            #expect(try await world.traces(of: "eleve10") == [])
            #expect(try await world.traces(of: "no such user") == [])
            #expect(server.count("kept") == 0)
        }
    }

    @Test func failuresUsedUpMakeTheJobDead() async throws {
        try await world([.init("rcpt", reply: "451 4.7.1 Later")]) { world, _ in
            let id = try await world.enqueue(Kind.activation.rawValue, Kind.activation.arguments)
            let limit = AccountActivation.definition.maxFailures
            try await world.run(script: "UPDATE relais.job SET failures = \(limit - 2)")
            #expect(try await world.worker.attempt(id).state == .pending)
            let job = try await world.worker.attempt(id)
            #expect(job.state == .dead)
            #expect(job.failures == limit)
            #expect(job.reason?.contains("451 4.7.1") == true)
        }
    }

    @Test(arguments: ["end", "accepted"])
    func anActivationWhoseAnswerWasLostIsSentAgainAsTheSameMail(_ stage: String) async throws {
        try await world([.init(stage, times: 1, drop: true)]) { world, server in
            let id = try await world.enqueue(Kind.activation.rawValue, Kind.activation.arguments)
            #expect(try await world.worker.attempt(id).state == .pending)
            #expect(try await world.mailState(id) == "handed-over")
            let job = try await world.worker.attempt(id)
            #expect(job.state == .done)
            #expect(job.mailState == "accepted")
            try await server.expect("data-received", 2)
            let mail = try await ReceivedMail.parse(server.mail(stage == "end" ? 1 : 2))
            #expect(mail.messageID == "<\(id)@relais.test>")
        }
    }

    @Test(arguments: ["end", "accepted"])
    func aNoticeWhoseAnswerWasLostIsNotSentAgainAndCountedAsUnknown(_ stage: String) async throws {
        try await world([.init(stage, times: 1, drop: true)]) { world, server in
            let job = try await world.perform(Kind.notice.rawValue, Kind.notice.arguments)
            #expect(job.state == .done)
            #expect(job.mailState == "unknown")
            try await server.expect("data-received", 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func aWorkerThatDiesBeforeTheAnswerLeavesAnUnknownMail(_ kind: Kind) async throws {
        try await world([.init("end", times: 1, drop: true, hold: true)]) { world, server in
            let job = try await world.worker.claim(try await world.enqueue(kind.rawValue, kind.arguments))
            let dying = Task { try await world.worker.run(job) }
            try await server.event("holding")
            try await world.rescue(world.worker)
            let rescued = try await world.worker.attempt(job.id)
            #expect(rescued.state == .done)
            #expect(rescued.crashes == 1)
            #expect(rescued.failures == 0)
            #expect(rescued.mailState == (kind == .activation ? "accepted" : "unknown"))
            try await server.expect("data-received", kind == .activation ? 2 : 1)
            // The dead one comes back, learns nothing from its server, and has nothing to say any more.
            try server.setRules([])
            let late = try await dying.value
            #expect(late.state == .done)
            #expect(late.failures == 0)
            #expect(late.mailState == rescued.mailState)
        }
    }

    @Test(arguments: Kind.allCases)
    func aStopWhileTheServerAnswersLosesNeitherTheAnswerNorTheEnd(_ kind: Kind) async throws {
        try await world([.init("end", hold: true)]) { world, server in
            let job = try await world.worker.claim(try await world.enqueue(kind.rawValue, kind.arguments))
            let running = Task { try await world.worker.run(job) }
            try await server.event("holding")
            world.worker.stop()
            try server.setRules([])
            let record = try await running.value
            #expect(record.state == .done)
            #expect(record.mailState == "accepted")
            try await server.expect("kept", 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func aStopBeforeTheEndOfTheMailIsNoHandOver(_ kind: Kind) async throws {
        try await world([.init("data", times: 1, hang: true)]) { world, server in
            let id = try await world.enqueue(kind.rawValue, kind.arguments)
            let job = try await world.worker.claim(id)
            let running = Task { try await world.worker.run(job) }
            try await server.event("hanging")
            world.worker.stop()
            let stopped = try await running.value
            #expect(stopped.state == .pending)
            #expect(stopped.failures == 0)
            #expect(try await world.mailState(id) == nil)
            #expect(try await world.worker.attempt(id).mailState == "accepted")
            try await server.expect("kept", 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func aStopDuringTheHandOverDeliversNothingAndLeavesNoUnknownMail(_ kind: Kind) async throws {
        try await world([]) { world, server in
            let id = try await world.enqueue(kind.rawValue, kind.arguments)
            let job = try await world.worker.claim(id)
            try await world.database.withConnection { other in
                try await other.run(script: "BEGIN; LOCK TABLE relais.mail IN EXCLUSIVE MODE")
                let running = Task { try await world.worker.run(job) }
                try await world.untilSomebodyWaits(for: "relais.mail")
                world.worker.stop()
                try await server.event("closed")
                try await other.run(script: "COMMIT")
                let stopped = try await running.value
                #expect(stopped.state == .pending)
            }
            #expect(server.count("data-received") == 0)
            #expect(try await world.mailState(id) == nil)
            #expect(try await world.worker.attempt(id).mailState == "accepted")
            try await server.expect("kept", 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func aRefusalThatTheDatabaseCouldNotTakeAtOnceIsNoUnknownMail(_ kind: Kind) async throws {
        try await world([.init("end", times: 1, reply: "451 4.3.0 Later", hold: true)]) { world, server in
            let id = try await world.enqueue(kind.rawValue, kind.arguments)
            let job = try await world.worker.claim(id)
            try await world.database.withConnection { other in
                let running = Task { try await world.worker.run(job) }
                try await server.event("holding")
                try await other.run(script: "BEGIN; LOCK TABLE relais.mail IN EXCLUSIVE MODE")
                try server.setRules([])
                try await world.pool.endSession(thatWaitsFor: "relais.mail")
                try await other.run(script: "COMMIT")
                let refused = try await running.value
                #expect(refused.state == .pending)
            }
            let failures = try await world.ledger.failures(of: id)
            #expect(failures.count == 1)
            #expect(failures.first?.message.contains("451 4.3.0") == true)
            #expect(try await world.mailState(id) == nil)
            #expect(try await world.worker.attempt(id).mailState == "accepted")
            try await server.expect("kept", 1)
        }
    }

    @Test func aClaimLostBeforeTheEndOfTheMailDeliversNothing() async throws {
        try await world([]) { world, server in
            let id = try await world.enqueue(Kind.notice.rawValue, Kind.notice.arguments)
            let job = try await world.worker.claim(id)
            try await world.run(script: "UPDATE relais.job SET claim = gen_random_uuid()")
            let record = try await world.worker.run(job)
            #expect(record.state == .running)
            #expect(record.failures == 0)
            #expect(try await world.mailState(id) == nil)
            // It came as far as the message, and not to its end.
            try await server.event("data")
            try await server.event("closed")
            #expect(server.count("data-received") == 0)
        }
    }
}

extension ScriptedSMTPServer {
    /// Waits for so many events of this name and expects no more: the server's answer may overtake its log.
    fileprivate func expect(
        _ name: String,
        _ number: Int,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        try await event(name, number)
        #expect(count(name) == number, sourceLocation: location)
    }
}
