import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import JobEngine
@testable import workers

/// A kept file is sent once more as it was, to whoever may still have it, until its life is over.
@Suite struct ExportsResendTests {
    private func resend(_ file: JobID, _ world: ExportsWorld, limit: Int = 1 << 20) async throws -> JobOutcome {
        let arguments = ExportResend(fileID: file.uuid)
        let id = try await world.enqueue(arguments)
        return try await ExportResendHandler(
            delivery: try world.delivery(attachmentLimit: limit),
            directory: world.directory
        )
        .perform(arguments, in: try await world.claim(id, as: ExportResend.self))
    }

    @Test(arguments: [0, 1 << 20]) func aKeptFileIsSentOnceMoreAsItWas(_ limit: Int) async throws {
        try await ExportsWorld.run { world in
            let arguments = try ExportsFixture.arguments(by: ExportsFixture.referentOfParis, format: .xlsx)
            let id = try await world.enqueue(arguments)
            _ = try await world.attempt(id, arguments)
            let ends = try await world.integer(
                "SELECT floor(extract(epoch FROM expires_at))::bigint FROM delivery.file"
            )
            // What is sent again is the file, not the rows as they are now.
            try await world.run(script: "UPDATE platform.offer SET title = 'Autre'")
            guard case .done(let result, _) = try await resend(id, world, limit: limit) else {
                Issue.record("expected the file to be sent once more")
                return
            }
            #expect(result?.text.contains(limit == 0 ? "link" : "attachment") == true)
            let mails = [try await world.mail(1), try await world.mail(2)]
            let name = "export-des-offres-2021-2022-75.xlsx"
            #expect(mails[1].contains("paris@example.test"))
            if limit > 0 {
                let bodies = try mails.map { try $0.body(of: name) }
                #expect(bodies[0] == bodies[1])
            } else {
                let link = mails[1].replacing("=\r\n", with: "").replacing("=3D", with: "=")
                #expect(link.contains("/v1/exports/\(id)/file?expires=\(ends)"))
            }
            #expect(
                try await world.integer("SELECT floor(extract(epoch FROM expires_at))::bigint FROM delivery.file")
                    == ends
            )
        }
    }

    @Test(arguments: [
        (
            "UPDATE delivery.file SET mailed_at = now() - interval '169 hours', expires_at = now() - interval '1 hour'",
            "file-gone"
        ),
        ("DELETE FROM delivery.file", "file-gone"),
        ("DELETE FROM delivery.file_chunk", "file-gone"),
        ("UPDATE platform.account SET department_code = '2A' WHERE id = 2", "other-department"),
        (
            "UPDATE platform.account SET kind = 'administrator' WHERE id = 2", nil
        ),
        ("UPDATE platform.account SET kind = 'central_referent', ministry_id = 1 WHERE id = 2", "scope-changed"),
        ("UPDATE platform.account SET kind = 'employer' WHERE id = 2", "not-entitled"),
        ("UPDATE platform.account SET discarded_at = now() WHERE id = 2", "requester-gone"),
        ("UPDATE platform.account SET email = NULL, phone = '+33600000009' WHERE id = 2", "no-address"),
    ])
    func whoeverMayNotHaveTheFileAnyMoreDoesNotGetItAgain(_ change: String, _ reason: String?) async throws {
        try await ExportsWorld.run { world in
            let arguments = try ExportsFixture.arguments(by: ExportsFixture.referentOfParis)
            let id = try await world.enqueue(arguments)
            _ = try await world.attempt(id, arguments)
            try await world.run(script: change)
            switch try await resend(id, world) {
            case .obsolete(let why, _): #expect(why == reason)
            case .done: #expect(reason == nil)
            case let other: Issue.record("unexpected: \(other)")
            }
            // The file again, one plain mail, or nothing. Awaited: the server's answer may overtake its log.
            let isTold = ["other-department", "scope-changed", "not-entitled"].contains(reason)
            let mails = reason == nil || isTold ? 2 : 1
            let last = try await world.mail(mails)
            #expect(try await world.server.has("kept", exactly: mails))
            #expect(last.contains("filename") != isTold)
        }
    }

    @Test func aFileIsDeletedAfterItsLifeAndNotBefore() async throws {
        try await ExportsWorld.run { world in
            let life: Duration = .seconds(7 * 86_400)
            var ids: [JobID] = []
            for hours in [167, 169] {
                let arguments = try ExportsFixture.arguments(year: hours == 167 ? 2021 : 2022)
                let id = try await world.enqueue(arguments)
                _ = try await world.attempt(id, arguments)
                try await world.run(
                    script: """
                        UPDATE delivery.file SET mailed_at = now() - interval '\(hours) hours',
                            expires_at = now() - interval '\(hours) hours' + interval '168 hours'
                        WHERE id = '\(id)'
                        """
                )
                ids.append(id)
            }
            await Retention(
                ledger: Ledger(durable: world.pool, relaxed: world.pool),
                finished: life,
                rules: DeliveryRetention.rules(files: life, abandoned: life, tokens: life, imports: life),
                logger: .silent
            )
            .round()
            #expect(try await !world.keptFile(ids[0]).isEmpty)
            #expect(try await world.keptFile(ids[1]).isEmpty)
            #expect(try await world.integer("SELECT count(*) FROM delivery.file") == 1)
        }
    }
}

extension String {
    /// The encoded body of an attachment.
    fileprivate func body(of name: String) throws -> String {
        let heading = try #require(range(of: "filename=\"\(name)\""))
        let start = try #require(range(of: "\r\n\r\n", range: heading.upperBound..<endIndex)).upperBound
        return String(self[start...].prefix { $0 != "-" })
    }
}
