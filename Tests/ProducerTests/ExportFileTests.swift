import Foundation
import HTTPTypes
import JobEngine
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

    @Test func aLookAtTheHeadSaysWhatTheFileIsAndSendsNone() async throws {
        try await withIntake { world in
            let file = try await makeFile(world, age: .seconds(60))
            let link = try link(file.id, expires: .seconds(3600))
            let whole = try await world.call(.get, link, as: .nobody)
            // A range is a matter of GET alone (RFC 9110, 14.2).
            let head = try await world.call(.head, link, as: .nobody, headers: [.range: "bytes=0-9"])
            #expect(head.status == 200 && head.bytes.isEmpty)
            for name in [HTTPField.Name.contentLength, .contentType, .contentDisposition, .eTag, .acceptRanges] {
                #expect(head.headers[name] == whole.headers[name] && head.headers[name] != nil, "\(name)")
            }
            try await world.pool.execute("UPDATE delivery.file SET created_at = created_at + interval '1 second'")
            #expect(try await world.call(.head, link, as: .nobody).headers[.eTag] != whole.headers[.eTag])
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

    // MARK: - Parts

    /// Two chunks of 1,048,576 and 10 bytes: ranges within one, over both, from the end, and beyond.
    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=5-9", 5..<10), ("bytes=1048570-1048580", 1_048_570..<1_048_581),
        ("bytes=1048576-", 1_048_576..<1_048_586), ("bytes=-4", 1_048_582..<1_048_586),
        ("bytes=1048580-99999999", 1_048_580..<1_048_586), ("bytes=-99999999", 0..<1_048_586),
    ])
    func aBrokenDownloadGoesOnWhereItStopped(_ range: String, _ expected: Range<Int>) async throws {
        try await withIntake { world in
            let file = try await makeFile(world, age: .seconds(60))
            let link = try link(file.id, expires: .seconds(3600))
            let answer = try await world.call(.get, link, as: .nobody, headers: [.range: range])
            #expect(answer.status == 206)
            #expect(answer.bytes == Array(file.content[expected]))
            #expect(answer.headers[.contentLength] == "\(expected.count)")
            #expect(
                answer.headers[.contentRange] == "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/1048586"
            )
            #expect(answer.headers[.contentType] == "text/csv")
            let tag = try #require(answer.headers[.eTag])
            let same = try await world.call(.get, link, as: .nobody, headers: [.range: range, .ifRange: tag])
            #expect(same.status == 206)
        }
    }

    @Test(arguments: [
        "bytes=9-5", "bytes=a-b", "bytes=+1-2", "bytes=1", "bytes=0-1,4-5", "lines=0-1", "bytes=-", "",
        "bytes=99999999999999999999-",
    ])
    func aRangeThatIsNoneGetsTheWholeFile(_ range: String) async throws {
        try await withIntake { world in
            let file = try await makeFile(world, age: .seconds(60))
            let answer = try await world.call(
                .get,
                try link(file.id, expires: .seconds(3600)),
                as: .nobody,
                headers: [.range: range]
            )
            #expect(answer.status == 200 && answer.bytes.count == file.content.count)
            #expect(answer.headers[.acceptRanges] == "bytes")
        }
    }

    @Test func aPartOfAReplacedFileIsNotMixedWithTheOldOne() async throws {
        try await withIntake { world in
            let file = try await makeFile(world, age: .seconds(60))
            let link = try link(file.id, expires: .seconds(3600))
            let first = try await world.call(.get, link, as: .nobody, headers: [.range: "bytes=0-9"])
            try await world.pool.execute("UPDATE delivery.file SET created_at = clock_timestamp()")
            let rest = try await world.call(
                .get,
                link,
                as: .nobody,
                headers: [.range: "bytes=10-", .ifRange: try #require(first.headers[.eTag])]
            )
            #expect(rest.status == 200 && rest.bytes == file.content)
        }
    }

    @Test(arguments: ["bytes=1048586-", "bytes=2000000-3000000", "bytes=-0"])
    func aRangeBehindTheEndIsRefusedWithTheSize(_ range: String) async throws {
        try await withIntake { world in
            let file = try await makeFile(world, age: .seconds(60))
            let answer = try await world.call(
                .get,
                try link(file.id, expires: .seconds(3600)),
                as: .nobody,
                headers: [.range: range]
            )
            #expect(answer.status == 416 && answer.slug == "range-outside")
            #expect(answer.headers[.contentRange] == "bytes */1048586")
        }
    }

    // MARK: - A second mail

    private func asked(_ file: UUID, _ world: IntakeWorld) async throws {
        try await world.pool.execute(
            "UPDATE delivery.file SET kind = 'export.offers', arguments = '{}' WHERE id = \(file)"
        )
    }

    @Test func aFileThatLivesIsSentAgainOnceHoweverOftenItIsAskedFor() async throws {
        try await withIntake { world in
            let file = try await makeFile(world, age: .seconds(6 * 86_400))
            try await asked(file.id, world)
            let path = "/v1/exports/\(file.id.uuidString.lowercased())/resend"
            let first = try await world.call(.post, path)
            #expect(first.status == 202 && first.members["kind"] == .string("export.resend"))
            let second = try await world.call(.post, path)
            #expect(second.members["id"] == first.members["id"] && second.members["existing"] == .boolean(true))
            let row = try #require(try await world.pool.query("SELECT subject, arguments FROM relais.job").first)
            #expect(try row.decode("subject", as: Int64.self) == Self.account)
            let arguments = try row.decode("arguments", as: JSON.self).decode([String: String].self)
            #expect(arguments == ["file_id": file.id.uuidString.lowercased()])
        }
    }

    @Test func aFileWhoseTimeIsOverIsNotSentAgain() async throws {
        try await withIntake { world in
            let old = try await makeFile(world, age: .seconds(8 * 86_400))
            try await asked(old.id, world)
            #expect(try await world.call(.post, "/v1/exports/\(old.id)/resend").status == 410)
            #expect(try await world.call(.post, "/v1/exports/\(UUID())/resend").slug == "unknown-file")
            #expect(try await world.call(.post, "/v1/exports/1/resend").slug == "malformed-id")
            #expect(try await world.call(.post, "/v1/exports/\(old.id)/resend", as: .nobody).status == 401)
            #expect(try await world.count("relais.job") == 0)
        }
    }
}
