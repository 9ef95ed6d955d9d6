import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// The file reaches whoever asked for it, and nobody else.
@Suite struct ExportsDeliveryTests {
    @Test("Onglet Offres 2: exporter les offres, un fichier transmis par e-mail")
    func aFileIsAttachedKeptAndFinishedInOne() async throws {
        try await ExportsWorld.run { world in
            let arguments = try ExportsFixture.arguments(by: ExportsFixture.referentOfParis, format: .xlsx)
            let id = try await world.enqueue(arguments)
            _ = try await world.attempt(id, arguments)
            let kept = try await world.keptFile(id)
            let mail = try await world.mail()
            // His department, though he did not name it.
            let name = "export-des-offres-2021-2022-75.xlsx"
            let attached = try #require(mail.attachment(named: name))
            #expect(attached == kept)
            #expect(
                mail.contains("\r\nTo: <paris@example.test>\r\n") || mail.contains("\r\nTo: paris@example.test\r\n")
            )
            let row = try #require(
                try await world.pool.query(
                    """
                    SELECT f.state, f.result, m.state AS mail, d.filename, d.rows, d.size, d.account_id,
                        d.expires_at - d.mailed_at = interval '168 hours' AS is_mailed
                    FROM relais.job_finished f JOIN relais.mail m ON m.job = f.id JOIN delivery.file d ON d.id = f.id
                    WHERE f.id = \(id.uuid)
                    """
                ).first
            )
            #expect(try row.decode("state", as: String.self) == "done")
            #expect(try row.decode("mail", as: String.self) == "accepted")
            #expect(try row.decode("filename", as: String.self) == name)
            #expect(try row.decode("rows", as: Int.self) == 3)
            #expect(try row.decode("size", as: Int.self) == kept.count)
            #expect(try row.decode("account_id", as: Int64.self) == ExportsFixture.referentOfParis)
            #expect(try row.decode("is_mailed", as: Bool.self))
            let result = try row.decode("result", as: JSON.self).decode(Kept.self)
            #expect(result == Kept(file: name, rows: 3, bytes: kept.count, delivery: "attachment"))
        }
    }

    private struct Kept: Decodable, Equatable {
        let file: String
        let rows: Int
        let bytes: Int
        let delivery: String
    }

    @Test func aFileOverTheLimitIsAnnouncedByALinkThatOpensIt() async throws {
        try await ExportsWorld.run { world in
            let arguments = try ExportsFixture.arguments()
            let id = try await world.enqueue(arguments)
            _ = try await world.attempt(id, arguments, attachmentLimit: 1000)
            #expect(try await world.keptFile(id).count > 1000)
            let mail = try await world.mail()
            #expect(!mail.contains("filename="))
            let link = try #require(mail.link)
            #expect(link.absoluteString.hasPrefix("https://relais.test/fichiers/v1/exports/\(id)/file?"))
            #expect(try link.verdict(for: id) == .valid)
            #expect(try link.verdict(for: id, at: .now + 7 * 86_400 + 60) == .expired)
        }
    }

    /// The server took the first mail and its answer got lost: the second must not leave two links about.
    @Test func aSecondAttemptReplacesTheFileAndSendsTheSameLink() async throws {
        try await ExportsWorld.run(rules: [.init("accepted", times: 1, drop: true)]) { world in
            let arguments = try ExportsFixture.arguments()
            let id = try await world.enqueue(arguments)
            guard case .retry = try await world.attempt(id, arguments, attachmentLimit: 0) else {
                Issue.record("expected another attempt after a mail without an answer")
                return
            }
            #expect(try await world.integer("SELECT count(*) FROM delivery.file WHERE mailed_at IS NULL") == 1)
            _ = try await world.pool.execute("DELETE FROM platform.application")
            _ = try await world.pool.execute("UPDATE platform.offer SET description = '' WHERE id = 6")
            _ = try await world.attempt(id, arguments, attachmentLimit: 0)
            #expect(try await world.difference(id, arguments) == nil)
            #expect(try await world.integer("SELECT count(*) FROM delivery.file WHERE mailed_at IS NOT NULL") == 1)
            let mails = [try await world.mail(1), try await world.mail(2)]
            #expect(mails[0].link != nil)
            #expect(mails[0].link == mails[1].link)
        }
    }

    @Test func anAcceptedMailIsNotSentAgainWhenTheDatabaseIsAwayForItsEnd() async throws {
        try await ExportsWorld.run(rules: [.init("accepted", times: 1, hold: true)]) { world in
            let arguments = try ExportsFixture.arguments()
            let id = try await world.enqueue(arguments)
            try await world.database.withConnection { other in
                let running = Task { try await world.attempt(id, arguments) }
                try await world.server.event("holding")
                try await other.run(script: "BEGIN; LOCK TABLE delivery.file IN EXCLUSIVE MODE")
                try world.server.setRules([])
                try await world.pool.endSession(thatWaitsFor: "delivery.file")
                try await other.run(script: "COMMIT")
                guard case .committed = try await running.value else {
                    Issue.record("expected the end to be committed once the database is back")
                    return
                }
            }
            #expect(try await world.server.has("kept", exactly: 1))
            let ended = try await world.integer(
                """
                SELECT count(*) FROM relais.job_finished f JOIN relais.mail m ON m.job = f.id
                    JOIN delivery.file d ON d.id = f.id
                WHERE f.state = 'done' AND f.failures = 0 AND m.state = 'accepted' AND m.handovers = 1
                    AND d.mailed_at IS NOT NULL
                """
            )
            #expect(ended == 1)
        }
    }

    @Test func aRefusedMailLeavesTheFileUnmailed() async throws {
        try await ExportsWorld.run(rules: [.init("rcpt", reply: "550 5.1.1 No such user")]) { world in
            let arguments = try ExportsFixture.arguments()
            let id = try await world.enqueue(arguments)
            guard case .discard = try await world.attempt(id, arguments) else {
                Issue.record("expected a permanent refusal to end the job")
                return
            }
            #expect(try await world.integer("SELECT count(*) FROM delivery.file WHERE mailed_at IS NULL") == 1)
        }
    }
}

extension String {
    /// The bytes of an attachment; nil when there is none of this name.
    fileprivate func attachment(named name: String) -> [UInt8]? {
        guard let heading = range(of: "filename=\"\(name)\""),
            let start = range(of: "\r\n\r\n", range: heading.upperBound..<endIndex)?.upperBound
        else { return nil }
        let body = self[start...].prefix { $0 != "-" }
        return Data(base64Encoded: String(body), options: .ignoreUnknownCharacters).map(Array.init)
    }
}
