import TestSupport

/// The servers of one test: those of the run with a database and a virtual host of the test's own, or a server that
/// only this test knows and may therefore stop, crash and wipe.
struct PromiseServers: Sendable {
    let database: TemporaryDatabase
    let brokerURL: String
    /// The virtual host on the run's broker; nil where the broker is the test's own.
    let host: TemporaryVirtualHost?
    /// Of the server that is the test's own.
    let stack: StackScript?

    enum Own: String { case nothing, postgres, rabbitmq }

    static func run(own: Own, _ body: (PromiseServers) async throws -> Void) async throws {
        switch own {
        case .nothing:
            try await withTemporaryDatabase { database in
                try await withTemporaryVirtualHost { host in
                    try await body(
                        PromiseServers(database: database, brokerURL: host.url, host: host, stack: nil)
                    )
                }
            }
        case .postgres:
            try await StackScript.with("promise-postgres") { stack in
                try await stack.run("start", "postgres")
                let conninfo = try await stack.asClient("echo $RELAIS_DATABASE_URL")
                let encrypted = try await stack.asClient("echo $RELAIS_DATABASE_TLS_URL")
                let database = TemporaryDatabase(name: "relais", conninfo: conninfo, encryptedConninfo: encrypted)
                try await withTemporaryVirtualHost { host in
                    try await body(
                        PromiseServers(database: database, brokerURL: host.url, host: host, stack: stack)
                    )
                }
            }
        case .rabbitmq:
            try await StackScript.with("promise-rabbitmq") { stack in
                try await stack.run("start", "rabbitmq")
                let url = try await stack.asClient("echo $RELAIS_BROKER_URL")
                try await withTemporaryDatabase { database in
                    try await body(
                        PromiseServers(database: database, brokerURL: url, host: nil, stack: stack)
                    )
                }
            }
        }
    }
}
