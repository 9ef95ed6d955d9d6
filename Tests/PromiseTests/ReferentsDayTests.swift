import Foundation
import Postgres
import TestSupport
import Testing

@Suite("A référent's day, through the real programs", .serialized)
struct ReferentsDayTests {
    private static let referent = "referent@prefecture.example"
    private static let fixture =
        PromiseData.pupils(4) + """
            INSERT INTO platform.school (id, name, department_code, kind, visible) VALUES
                (1, 'Collège Évariste Galois', '75', 'rep', true), (2, 'Collège Rosa Parks', '75', 'rep_plus', true);
            UPDATE platform.account SET school_id = 1, gender = 'f' WHERE kind = 'student';
            UPDATE platform.application SET state = 'approved', approved_at = submitted_at WHERE id = 1001;
            INSERT INTO platform.account (id, kind, email, first_name, last_name, department_code, confirmed_at)
                VALUES (2, 'departmental_referent', '\(referent)', 'Bea', 'B', '75', now());
            """
    /// Of his département: what he may ask for, and what a program that shares no code with ours calls it.
    private static let exports = ["offers", "offer-statistics", "schools"]
    private static let arguments = #"{"school_year": 2021, "requested_by": 2}"#

    private struct Job: Decodable {
        struct Progress: Decodable {
            let done: Int
            let total: Int?
        }

        let id: String
        let state: String
        let reason: String?
        let progress: Progress?
    }

    @Test func heAsksFollowsTheProgressOpensTheFileAndLosesHisRights() async throws {
        try await PromiseWorld.run(fixture: Self.fixture) { world in
            let intake = try await world.startIntake()
            _ = try await world.startWorkers(only: nil)
            var last: Job?
            for (index, export) in Self.exports.enumerated() {
                last = try await expectExport(export, mail: index + 1, intake, world)
            }
            // Between two requests somebody else takes over from him.
            try await world.pool.execute("UPDATE platform.account SET kind = 'employer' WHERE id = 2")
            let refused = try await intake.enqueue("export.offers", Self.arguments)
            #expect(refused.status == 403 && refused.text.contains("not-entitled"), "\(refused)")
            let again = try await intake.call("POST", "/v1/exports/\(#require(last).id)/resend")
            try #require(again.status == 202, "\(again)")
            let resend = try await job(Self.id(in: again), "obsolete", intake)
            #expect(resend.reason == "not-entitled")
            let mails = Self.exports.count + 1
            let mail = try await ReceivedMail.parse(world.mail.mail(mails))
            #expect(mail.recipientAddress == Self.referent)
            #expect(mail.parts.allSatisfy { $0.filename == nil })
            #expect(try await world.mail.has("kept", exactly: mails))
        }
    }

    /// One export from the request to the opened file. The mail server holds the mail back, so that the job is in its
    /// middle when it is looked at.
    private func expectExport(
        _ export: String,
        mail number: Int,
        _ intake: PromiseIntake,
        _ world: PromiseWorld
    ) async throws -> Job {
        try world.mail.setRules([.init("end", hold: true)])
        let asked = try await intake.enqueue("export.\(export)", Self.arguments)
        try #require(asked.status == 202, "\(asked)")
        let id = try Self.id(in: asked)
        try await world.mail.event("holding", number)
        let running = try await job(id, "running", intake)
        #expect(try #require(running.progress?.done) > 0 && running.progress?.done == running.progress?.total)
        try world.mail.setRules([])
        let done = try await job(id, "done", intake)
        let mail = try await ReceivedMail.parse(world.mail.mail(number))
        #expect(mail.recipientAddress == Self.referent)
        try await expectEqual(mail, export, world)
        return done
    }

    /// The attached file holds what the rows say.
    private func expectEqual(_ mail: ReceivedMail, _ export: String, _ world: PromiseWorld) async throws {
        let part = try #require(mail.parts.first { $0.filename != nil })
        let folder = FileManager.default.temporaryDirectory.appending(path: "referent-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: try #require(part.filename))
        try #require(part.base64.flatMap { Data(base64Encoded: $0) }).write(to: file)
        let comparison = try await ChildProcess.run(
            PromiseData.repository.appending(path: "deploy/platform/compare-export").path,
            [
                export, file.path, "--database", world.servers.database.conninfo, "--school-year", "2021",
                "--department", "75",
            ]
        )
        #expect(comparison.status == 0, "\(comparison)")
    }

    private static func id(in receipt: PromiseIntake.Answer) throws -> String {
        try #require(receipt.text.firstMatch(of: /"id":"([^"]+)"/).map { String($0.output.1) })
    }

    /// The job over HTTP, once it is in this state.
    private func job(_ id: String, _ state: String, _ intake: PromiseIntake) async throws -> Job {
        var job: Job?
        try await eventually("the job to be \(state)") {
            let answer = try await intake.call("GET", "/v1/jobs/\(id)")
            let found = try JSONDecoder().decode(Job.self, from: Data(answer.text.utf8))
            job = found
            return found.state == state
        }
        return try #require(job)
    }
}
