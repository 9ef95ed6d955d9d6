import Foundation
import HTTPTypes
import HummingbirdTesting
import JobEngine
import NIOCore
import Platform
import Postgres
import TestSupport
import Testing

@testable import producer

/// A file of placements is taken whole, with its job, or leaves nothing behind.
@Suite struct PlacementsTests {
    private static let path = "/v1/associations/7/placements"

    private static func run(live: Bool = false, _ body: @Sendable (IntakeWorld) async throws -> Void) async throws {
        try await withIntake(live: live) { world in
            try await world.pool.execute("INSERT INTO platform.association (id, name, target_count) VALUES (7, 'A', 1)")
            try await body(world)
        }
    }

    private static func put(
        _ world: IntakeWorld,
        _ text: String,
        at path: String = path,
        as bearer: IntakeWorld.Bearer = .platform,
        contentType: String? = "text/csv"
    ) async throws -> Answer {
        try await world.call(.put, path, body: text, as: bearer, contentType: contentType)
    }

    private static func id(_ answer: Answer, _ member: String = "id") throws -> UUID {
        guard case .string(let text)? = answer.members[member] else { throw Unexpected(what: answer.text) }
        return try #require(UUID(uuidString: text))
    }

    private static func expectNothing(_ world: IntakeWorld) async throws {
        #expect(try await world.count("delivery.placements_import") == 0)
        #expect(try await world.count("delivery.placements_chunk") == 0)
        #expect(try await world.count("relais.job") == 0)
    }

    // MARK: - Taking a file

    /// In one request and in pieces that end anywhere.
    @Test(arguments: [false, true]) func aFileIsKeptAsItCameWithTheJobThatImportsIt(isLarge: Bool) async throws {
        try await Self.run { world in
            let text = String(repeating: "é;1\r\n", count: isLarge ? 100_000 : 1)
            let answer = try await Self.put(world, text, contentType: "Text/CSV; header=present; charset=UTF-8")
            #expect(answer.status == 202)
            #expect(answer.members["state"] == .string("waiting") && answer.members["association_id"] == .integer(7))
            let id = try Self.id(answer)
            let location = try #require(answer.headers[.location])
            #expect(location == "\(Self.path)/imports/\(JobID(id))" && answer.members["href"] == .string(location))
            let chunks = try await world.pool.query(
                "SELECT content FROM delivery.placements_chunk WHERE import = \(id) ORDER BY number"
            )
            let bytes = try chunks.flatMap { try $0.decode("content", as: Bytes.self).array }
            #expect(bytes == Array(text.utf8))
            let row = try #require(
                try await world.pool.query(
                    """
                    SELECT i.size, i.requested_by, j.kind, j.arguments, j.subject, j.id
                    FROM delivery.placements_import i JOIN relais.job j ON j.id = i.job WHERE i.association_id = 7
                    """
                ).first
            )
            #expect(try row.decode("size", as: Int.self) == bytes.count)
            #expect(try row.decode("requested_by", as: Int64?.self) == nil)
            #expect(try row.decode("kind", as: String.self) == "placements.import")
            #expect(try row.decode("arguments", as: JSON.self).decode(PlacementsImport.self).importID == id)
            #expect(try row.decode("id", as: UUID.self) == Self.id(answer, "job"))
            let shown = try await world.call(.get, location)
            #expect(shown.status == 200 && shown.members["state"] == .string("waiting"))
        }
    }

    @Test func aSecondFileIsTheNewerOne() async throws {
        try await Self.run { world in
            let ids = [
                try Self.id(try await Self.put(world, "a")), try Self.id(try await Self.put(world, "a")),
            ]
            let inOrder = try await world.pool.query("SELECT id FROM delivery.placements_import ORDER BY number")
            #expect(try inOrder.map { try $0.decode("id") } == ids)
            #expect(try await world.count("relais.job") == 2)
        }
    }

    /// 1 is an administrator, 2 a référent, 3 a pupil, 4 nobody.
    @Test(arguments: [(1, ""), (2, "not-entitled"), (3, "not-entitled"), (4, "requester-gone")])
    func onlyAdministratorsMayReplacePlacements(_ account: Int64, _ refusal: String) async throws {
        try await Self.run { world in
            let answer = try await Self.put(world, "a", at: "\(Self.path)?requested_by=\(account)")
            if refusal.isEmpty {
                #expect(answer.status == 202)
                let asked = "delivery.placements_import i JOIN relais.job j ON j.subject = i.requested_by" as SQL
                #expect(try await world.count(asked) == 1)
            } else {
                #expect(answer.status == 403 && answer.slug == "outside-scope")
                #expect(answer.members["reason"] == .string(refusal))
                try await Self.expectNothing(world)
            }
        }
    }

    @Test func nobodyButThePlatformSendsAFile() async throws {
        try await Self.run { world in
            let others = try await world.makeToken("others", [.operator, .viewer, .metrics])
            #expect(try await Self.put(world, "a", as: .holder(others)).slug == "scope-too-small")
            #expect(try await Self.put(world, "a", as: .nobody).slug == "no-token")
            try await Self.expectNothing(world)
        }
    }

    @Test(arguments: [
        ("/v1/associations/8/placements", "text/csv", "unknown-association"),
        ("/v1/associations/x/placements", "text/csv", "unknown-association"),
        ("/v1/associations/0/placements", "text/csv", "unknown-association"),
        (path, nil, "unsupported-media-type"), (path, "application/json", "unsupported-media-type"),
        (path, "text/csv; charset=windows-1252", "unsupported-media-type"),
        (path + "?requested_by=0", "text/csv", "invalid-query"), (path + "?by=1", "text/csv", "invalid-query"),
    ])
    func aWrongRequestLeavesNothing(_ path: String, _ type: String?, _ slug: String) async throws {
        try await Self.run { world in
            let answer = try await Self.put(world, "a", at: path, contentType: type)
            #expect(answer.slug == slug, "\(answer.text)")
            try await Self.expectNothing(world)
        }
    }

    @Test func aFileOfTwentyMebibytesIsTakenAndOneByteMoreIsNot() async throws {
        try await Self.run { world in
            let largest = ByteBuffer(repeating: UInt8(ascii: "a"), count: PlacementsFile.maximumBytes)
            var larger = largest
            larger.writeInteger(UInt8(ascii: "a"))
            func put(_ file: ByteBuffer, announced: Int? = nil) async throws -> Answer {
                var headers: HTTPFields = [.authorization: "Bearer \(world.token)", .contentType: "text/csv"]
                headers[.contentLength] = announced.map(String.init)
                return try await world.client.execute(uri: Self.path, method: .put, headers: headers, body: file) {
                    Answer($0)
                }
            }
            // By what it says of itself, and by its bytes.
            for announced in [PlacementsFile.maximumBytes + 1, nil] {
                let refused = try await put(larger, announced: announced)
                #expect(refused.status == 413 && refused.slug == "body-too-large")
                try await Self.expectNothing(world)
            }
            #expect(try await put(largest).status == 202)
            let size: Int? = try await world.pool.query(
                "SELECT sum(octet_length(content))::bigint AS size FROM delivery.placements_chunk"
            ).first?.decode("size")
            #expect(size == PlacementsFile.maximumBytes)
        }
    }

    /// Whether the caller goes away half way, or sends what is no HTTP.
    @Test(arguments: [
        ("Content-Length: 1000", "a;b\r\n", nil),
        ("Transfer-Encoding: chunked", "5\r\na;b\r\n\r\nZZ\r\n", "invalid-request"),
    ])
    func aFileThatBreaksOffLeavesNothing(_ length: String, _ body: String, _ slug: String?) async throws {
        try await Self.run(live: true) { world in
            let head = [
                "PUT \(Self.path) HTTP/1.1", "Host: x", "Authorization: Bearer \(world.token)",
                "Content-Type: text/csv", "Connection: close", length,
            ]
            let request = head.joined(separator: "\r\n") + "\r\n\r\n" + body
            let port = try #require(world.client.port)
            if let slug {
                let answer = try await RawClient.exchange(port, [request])
                #expect(answer.contains("urn:relais:problem:\(slug)"), "\(answer)")
            } else {
                try await RawClient.leave(port, request)
            }
            try await eventually("the request to be over") {
                world.log.lines.contains { $0.contains("Request answered") }
            }
            try await Self.expectNothing(world)
        }
    }

    // MARK: - What came of it

    @Test(arguments: [
        ("imported", 200, nil), ("superseded", 200, nil), ("invalid-placements", 422, "invalid-placements"),
        ("unknown-association", 404, "unknown-association"), ("requester-gone", 403, "outside-scope"),
        ("not-entitled", 403, "outside-scope"),
    ])
    func whoeverAskedSeesWhatCameOfTheFile(_ outcome: String, _ status: Int, _ slug: String?) async throws {
        try await Self.run { world in
            let location = try #require(try await Self.put(world, "a").headers[.location])
            let report = #"[{"line": 3, "field": "week", "expected": "a week", "got": "nothing"}]"#
            try await world.pool.execute(
                """
                UPDATE delivery.placements_import SET outcome = \(outcome), ended_at = clock_timestamp(), rows = 5,
                    faults = 1200, report = \(JSON(report))
                """
            )
            for scopes in [[Scope.platform], [.operator], [.viewer]] {
                let token = try await world.makeToken(scopes[0].rawValue + ".2", scopes)
                let answer = try await world.call(.get, location, as: .holder(token))
                #expect(answer.status == status && answer.slug == slug, "\(answer.text)")
                if status == 200 { #expect(answer.members["state"] == .string(outcome)) }
                guard slug == "invalid-placements" else { continue }
                #expect(answer.members["faults"] == .integer(1_200) && answer.members["rows"] == .integer(5))
                #expect(answer.errors == ["week: expected a week, got nothing"])
                #expect(answer.text.contains(#""line":3"#))
            }
            let elsewhere = location.replacing("/7/", with: "/8/")
            #expect(try await world.call(.get, elsewhere).slug == "unknown-import")
        }
    }

    @Test func aFileWhoseJobWasCancelledIsSaidToHaveFailed() async throws {
        try await Self.run { world in
            let answer = try await Self.put(world, "a")
            let location = try #require(answer.headers[.location])
            let act = Act(actor: "test", reason: "wrong file")
            let ledger = Ledger(durable: world.pool, relaxed: world.pool)
            #expect(try await ledger.cancel(JobID(try Self.id(answer, "job")), act) == .cancelled)
            let shown = try await world.call(.get, location)
            #expect(shown.status == 409 && shown.slug == "import-failed")
            #expect(shown.members["state"] == .string("cancelled"))
            let unknown = try await world.call(.get, "\(Self.path)/imports/\(UUID())")
            #expect(unknown.slug == "unknown-import")
            #expect(try await world.call(.get, "\(Self.path)/imports/x").slug == "malformed-id")
        }
    }
}
