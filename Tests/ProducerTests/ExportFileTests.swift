import Foundation
import HTTPTypes
import Platform
import Postgres
import Testing

@testable import producer

/// A file opens with the link of its mail, whole, and with no other.
@Suite struct ExportFileTests {
    private static let account: Int64 = 2

    /// A file of two chunks; `age` since its mail.
    private func makeFile(_ world: IntakeWorld, age: Duration) async throws -> (id: UUID, content: [UInt8]) {
        let id = UUID()
        let chunks = [[UInt8](repeating: 1, count: 1_048_576), [UInt8](repeating: 2, count: 10)]
        let mailed = Date(timeIntervalSinceNow: -Double(age.components.seconds))
        try await world.pool.transaction { connection in
            try await connection.execute(
                """
                INSERT INTO delivery.file
                    (id, account_id, filename, content_type, size, rows, mailed_at, expires_at)
                VALUES (\(id), \(Self.account), 'export-des-offres.csv', 'text/csv', 1048586, 3, \(mailed),
                    \(mailed) + interval '168 hours')
                """
            )
            for (number, chunk) in chunks.enumerated() {
                try await connection.execute(
                    "INSERT INTO delivery.file_chunk VALUES (\(id), \(Int32(number)), \(Bytes(chunk)))"
                )
            }
        }
        return (id, chunks.flatMap { $0 })
    }

    private func link(_ file: UUID, expires: Duration) throws -> String {
        let end = Date(timeIntervalSinceNow: Double(expires.components.seconds))
        return try IntakeWorld.secret.links().path(file: file, expires: end)
    }

    @Test func theWholeFileComesWithItsNameAndWithoutAToken() async throws {
        try await withIntake { world in
            let file = try await makeFile(world, age: .seconds(60))
            let answer = try await world.call(.get, try link(file.id, expires: .seconds(3600)), as: .nobody)
            #expect(answer.status == 200)
            #expect(answer.bytes == file.content)
            #expect(answer.headers[.contentLength] == "1048586")
            #expect(answer.headers[.contentType] == "text/csv")
            #expect(answer.headers[.contentDisposition] == "attachment; filename=\"export-des-offres.csv\"")
        }
    }

    @Test func aForgedLinkIsRefusedWithoutAWordAboutTheFile() async throws {
        try await withIntake { world in
            let file = try await makeFile(world, age: .seconds(60))
            let good = try link(file.id, expires: .seconds(3600))
            let forged = [
                good + "x", good.replacing("expires=1", with: "expires=2"),
                good.replacing(file.id.uuidString.lowercased(), with: UUID().uuidString.lowercased()),
                "/v1/exports/\(file.id)/file", "/v1/exports/1/file?expires=1&signature=x",
            ]
            for link in forged {
                let answer = try await world.call(.get, link, as: .nobody)
                #expect(answer.status == 403 && answer.slug == "forged-link", "\(link)")
            }
        }
    }

    @Test func aLinkEndsWithItsTimeAndWithItsFile() async throws {
        try await withIntake { world in
            let file = try await makeFile(world, age: .seconds(60))
            let late = try await world.call(.get, try link(file.id, expires: .seconds(-1)), as: .nobody)
            #expect(late.status == 410 && late.slug == "expired-link")
            let old = try await makeFile(world, age: .seconds(8 * 86_400))
            let kept = try await world.call(.get, try link(old.id, expires: .seconds(3600)), as: .nobody)
            #expect(kept.status == 410)
            let gone = try await world.call(.get, try link(UUID(), expires: .seconds(3600)), as: .nobody)
            #expect(gone.status == 404 && gone.slug == "unknown-file")
        }
    }
}
