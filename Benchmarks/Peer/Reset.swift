import ArgumentParser
import Curl
import Foundation
import JobEngine
import Postgres

/// `reset`: an empty database with the ledger, and an empty virtual host.
struct Reset: AsyncParsableCommand {
    func run() async throws {
        try await makeVirtualHost()
        try await makeDatabase()
    }

    private func makeDatabase() async throws {
        let admin = PeerEnvironment.pool("dbname=postgres")
        _ = try await admin.execute("DROP DATABASE IF EXISTS bench_relais WITH (FORCE)")
        _ = try await admin.execute("CREATE DATABASE bench_relais")
        let pool = PeerEnvironment.pool()
        _ = try await Migrator(component: JobEngineMigrations.component, migrations: JobEngineMigrations.all)
            .migrate(pool)
        try await Ledger(durable: pool, relaxed: pool).register(NoOp.catalogue)
        await pool.close()
        _ = try await admin.execute("CHECKPOINT")
        await admin.close()
    }

    private func makeVirtualHost() async throws {
        guard let api = URLComponents(string: try PeerEnvironment.required("RABBITMQ_API")),
            let host = api.host, let port = api.port, let user = api.user, let password = api.password
        else { throw PeerError("RABBITMQ_API: expected http://user:password@host:port") }
        let client = try HTTPClient(connections: 1)
        let credentials = Data("\(user):\(password)".utf8).base64EncodedString()
        func call(_ method: String, _ path: String, _ body: String = "") async throws -> Int {
            try await client.send(
                HTTPRequest(
                    method: method,
                    url: "http://\(host):\(port)/api/\(path)",
                    headers: [
                        (name: "Authorization", value: "Basic \(credentials)"),
                        (name: "Content-Type", value: "application/json"),
                    ],
                    body: Array(body.utf8)
                )
            ).status
        }
        let name = PeerEnvironment.virtualHost
        _ = try await call("DELETE", "vhosts/\(name)")
        let made = try await call("PUT", "vhosts/\(name)")
        let rights = #"{"configure": ".*", "write": ".*", "read": ".*"}"#
        let permitted = try await call("PUT", "permissions/\(name)/\(user)", rights)
        guard [201, 204].contains(made), [201, 204].contains(permitted) else {
            throw PeerError("the broker's API: expected 201 or 204, got \(made) and \(permitted)")
        }
        await client.close()
    }
}
