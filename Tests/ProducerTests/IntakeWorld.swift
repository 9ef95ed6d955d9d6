import AMQP
import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobEngine
import Logging
import NIOCore
import Platform
import Postgres
import TestSupport
import Testing

@testable import producer

/// Intake over a database of its own, in this process.
struct IntakeWorld: Sendable {
    let database: TemporaryDatabase
    let pool: PostgresPool
    let client: any TestClientProtocol
    /// With the scope platform.
    let token: String
    let log: CapturedLog

    static let secret = SharedSecret(text: String(repeating: "test-secret-", count: 4))

    /// Whose token a request carries.
    enum Bearer: Sendable {
        case platform
        case nobody
        case holder(String)
    }

    /// Sends a request with the token of the platform, unless told otherwise.
    func call(
        _ method: HTTPRequest.Method,
        _ uri: String,
        body: String? = nil,
        as bearer: Bearer = .platform,
        contentType: String? = "application/json",
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        var fields = headers
        switch bearer {
        case .platform: fields[.authorization] = "Bearer \(token)"
        case .nobody: break
        case .holder(let token): fields[.authorization] = "Bearer \(token)"
        }
        if body != nil, let contentType { fields[.contentType] = contentType }
        return try await client.execute(
            uri: uri,
            method: method,
            headers: fields,
            body: body.map { ByteBuffer(string: $0) }
        ) { Answer($0) }
    }

    func makeToken(_ name: String, _ scopes: [Scope]) async throws -> String {
        let token = AccessToken()
        #expect(try await AccessTokens(pool).add(token, name: name, scopes: scopes))
        return token.text
    }

    /// Rows of a table.
    func count(_ table: SQL) async throws -> Int {
        try await pool.query("SELECT count(*) AS rows FROM \(fragment: table)").first?.decode("rows") ?? -1
    }
}

/// What intake answered.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String
    let bytes: [UInt8]

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        bytes = Array(buffer: response.body)
        text = String(buffer: response.body)
    }

    var members: [String: JSONValue] {
        guard case .object(let members)? = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else {
            return [:]
        }
        return members
    }

    /// The problem's type without its prefix.
    var slug: String? {
        guard headers[.contentType] == "application/problem+json", case .string(let type)? = members["type"] else {
            return nil
        }
        return type.split(separator: ":").last.map(String.init)
    }

    /// "field: expected …, got …" of each error.
    var errors: [String] {
        guard case .array(let errors)? = members["errors"] else { return [] }
        return errors.compactMap { error in
            guard case .object(let fault) = error, case .string(let field)? = fault["field"],
                case .string(let expected)? = fault["expected"], case .string(let got)? = fault["got"]
            else { return nil }
            return "\(field): expected \(expected), got \(got)"
        }
    }
}

/// Runs a test against intake, over a real socket when `live`; `conninfo` leads it to another database than the test's
/// own.
func withIntake(
    conninfo: String? = nil,
    maxWaiting: Int = 1_000_000,
    live: Bool = false,
    headTimeout: TimeAmount = ConnectionGuard.headTimeout,
    _ body: @Sendable (IntakeWorld) async throws -> Void
) async throws {
    let template = try await TemporaryDatabase.template(named: "intake", prepare: prepare)
    try await withTemporaryDatabase(template: template) { database in
        try await database.withPool { pool in
            let token = AccessToken()
            _ = try await AccessTokens(pool).add(token, name: "platform", scopes: [.platform])
            // Where there is a database it is waited for, however busy the machine is.
            let limit: Duration = conninfo == nil ? .seconds(60) : .seconds(2)
            var configuration = database.configuration(acquireTimeout: limit)
            configuration.connectTimeout = limit
            if let conninfo { configuration.conninfo = conninfo }
            let served = PostgresPool(configuration: configuration, logger: .silent)
            let log = CapturedLog()
            let app = try IntakeServer(
                ledger: Ledger(durable: served, relaxed: served),
                catalogue: PlatformCatalogue.jobs,
                secret: IntakeWorld.secret,
                due: WakeUp(),
                broker: nil,
                maxWaiting: maxWaiting,
                metrics: MetricsRegistry()
            ).application(
                HTTPSettings(address: "127.0.0.1", number: 0, connections: 100),
                logger: log.logger,
                headTimeout: headTimeout
            )
            do {
                try await app.test(live ? .live : .router) { client in
                    try await body(
                        IntakeWorld(database: database, pool: pool, client: client, token: token.text, log: log)
                    )
                }
                await served.close()
            } catch {
                await served.close()
                throw error
            }
        }
    }
}

/// The schema as `producer migrate` makes it, the platform's relations, and a few accounts.
private func prepare(_ database: TemporaryDatabase) async throws {
    let schema = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../deploy/platform/schema.sql"
    )
    try await database.withPool { pool in
        for part in SchemaPart.all { _ = try await part.migrator.migrate(pool) }
        try await Ledger(durable: pool, relaxed: pool).register(PlatformCatalogue.jobs)
        try await pool.withConnection { connection in
            try await connection.run(script: try String(contentsOf: schema, encoding: .utf8))
            try await connection.run(
                script: """
                    INSERT INTO platform.department VALUES ('75', 'Paris', 'Académie de Paris');
                    INSERT INTO platform.account (id, kind, email, first_name, last_name, department_code) VALUES
                        (1, 'administrator', 'admin@example.test', 'A', 'A', NULL),
                        (2, 'departmental_referent', 'ref@example.test', 'R', 'R', '75'),
                        (3, 'student', 'pupil@example.test', 'P', 'P', NULL);
                    """
            )
        }
    }
}
