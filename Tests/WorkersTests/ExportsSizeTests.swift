import Bootstrap
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// A mail server that does not take the size of an export gets the same mail with the link, and the requester one mail.
@Suite struct ExportsSizeTests {
    private static let tooBig = "552 5.3.4 Message size exceeds fixed limit"

    /// The job's end, as it is kept.
    private func isDone(_ id: JobID, by delivery: String, _ world: ExportsWorld) async throws -> Bool {
        try await world.integer(
            """
            SELECT count(*) FROM relais.job_finished f JOIN relais.mail m ON m.job = f.id
            WHERE f.id = \(id.uuid) AND f.state = 'done' AND f.failures = 0 AND f.result ->> 'delivery' = \(delivery)
                AND m.state = 'accepted' AND m.handovers = 1
                AND NOT EXISTS (SELECT FROM relais.failure WHERE job = f.id)
            """
        ) == 1
    }

    /// The one mail that arrived: the link to the file, which works, and no attachment.
    private func expectLink(to file: JobID, in number: Int = 1, _ world: ExportsWorld) async throws {
        let mail = try await world.mail(number)
        #expect(!mail.contains("filename="))
        #expect(try #require(mail.link).verdict(for: file) == .valid)
        #expect(try await !world.keptFile(file).isEmpty)
        #expect(try await world.server.has("kept", exactly: number))
    }

    @Test(arguments: ["mail", "rcpt", "data", "end"])
    func aRefusedSizeIsFollowedByTheLinkInTheSameAttempt(_ stage: String) async throws {
        try await ExportsWorld.run(rules: [.init(stage, times: 1, reply: Self.tooBig)]) { world in
            let arguments = try ExportsFixture.arguments(by: ExportsFixture.referentOfParis)
            let id = try await world.enqueue(arguments)
            guard case .committed = try await world.attempt(id, arguments) else {
                Issue.record("expected the one attempt to end the job")
                return
            }
            #expect(try await isDone(id, by: "link", world))
            try await expectLink(to: id, world)
            let mail = try await ReceivedMail.parse(world.server.mail())
            #expect(mail.messageID == "<\(id)@platform.test>")
            #expect(mail.recipientAddress == "paris@example.test")
            #expect(try await world.integer("SELECT count(*) FROM delivery.file WHERE mailed_at IS NOT NULL") == 1)
        }
    }

    @Test func anAnnouncedLimitIsKeptWithoutAMailThatMustBeRefused() async throws {
        try await ExportsWorld.run(size: "50000") { world in
            for number in 1...2 {
                let arguments = try ExportsFixture.arguments(year: 2020 + number)
                let id = try await world.enqueue(arguments)
                guard case .committed = try await world.attempt(id, arguments) else {
                    Issue.record("expected the one attempt to end the job")
                    return
                }
                let isLarge = try await world.keptFile(id).count > 50_000
                #expect(try await isDone(id, by: isLarge ? "link" : "attachment", world))
                if isLarge { try await expectLink(to: id, in: number, world) }
                #expect(try await world.server.has("mail", exactly: number))
            }
            #expect(try await world.integer("SELECT count(*) FROM delivery.file WHERE size > 50000") > 0)
        }
    }

    @Test func aFileSentOnceMoreComesByItsLinkToo() async throws {
        try await ExportsWorld.run { world in
            let arguments = try ExportsFixture.arguments(by: ExportsFixture.referentOfParis)
            let file = try await world.enqueue(arguments)
            _ = try await world.attempt(file, arguments)
            #expect(try await world.mail().contains("filename="))
            try world.server.setRules([.init("end", times: 1, reply: Self.tooBig)])
            let again = ExportResend(fileID: file.uuid)
            let id = try await world.enqueue(again)
            let handler = ExportResendHandler(delivery: try world.delivery(), directory: world.directory)
            let context = try await world.claim(id, as: ExportResend.self)
            guard case .done(let result, _) = try await handler.perform(again, in: context) else {
                Issue.record("expected the file to be sent once more")
                return
            }
            #expect(try result?.decode([String: JSONValue].self)["delivery"] == .string("link"))
            try await expectLink(to: file, in: 2, world)
        }
    }

    /// By the worker of `workers run`: what is refused without an attachment has nothing left to leave out.
    @Test func aLinkThatIsRefusedTooIsDeadAndTold() async throws {
        try await ExportsWorld.run(rules: [.init("end", times: 2, reply: Self.tooBig)]) { world in
            let id = try await world.enqueue(try ExportsFixture.arguments(by: ExportsFixture.referentOfParis))
            let worker = try await TestWorker.register(
                in: world.pool,
                settings: try SettingsReader.read(WorkersEnvironment.complete) { WorkersSettings($0) },
                mailer: world.mailer,
                sms: nil,
                log: EventLog()
            )
            let job = try await worker.attempt(id)
            #expect(job.state == .dead)
            #expect(job.failures == 1)
            #expect(job.reason?.contains("552 5.3.4") == true)
            #expect(job.mailState == nil)
            #expect(try await world.server.has("data-received", exactly: 2))
            let notice = try #require(
                try await world.pool.query("SELECT id FROM relais.job WHERE kind = 'export.not-prepared-notice'").first
            )
            #expect(try await worker.attempt(JobID(try notice.decode("id"))).state == .done)
            #expect(try await world.mail().contains("incident technique"))
            #expect(try await world.server.has("kept", exactly: 1))
        }
    }

    /// A full mailbox takes no link either.
    @Test func aRefusalForAnotherReasonIsNotFollowedByTheLink() async throws {
        try await ExportsWorld.run(rules: [.init("end", times: 1, reply: "552 5.2.2 Mailbox full")]) { world in
            let arguments = try ExportsFixture.arguments(by: ExportsFixture.referentOfParis)
            let id = try await world.enqueue(arguments)
            guard case .discard = try await world.attempt(id, arguments) else {
                Issue.record("expected a permanent refusal to end the job")
                return
            }
            #expect(try await world.server.has("data-received", exactly: 1))
        }
    }
}
