import AMQP
import Foundation
import JobEngine
import Logging
import Platform
import Postgres
import ServiceLifecycle
import UnixSignals

/// The worker of `deploy/chaos`: the engine as the real workers run it, with kinds whose effects are rows that can be
/// counted from outside. `register` writes the kinds into the ledger, `run` works.
///
/// Environment: `RELAIS_DATABASE_URL` and `RELAIS_BROKER_URL`, as the real programs read them.
@main
struct ChaosWorker {
    private let identity = ProcessIdentity(role: .workers)
    private let settings: DatabaseSettings
    private let ledger: Ledger
    private let logger: Logger

    static func main() async throws {
        let program = try ChaosWorker()
        switch CommandLine.arguments.dropFirst().first {
        case "register": try await program.register()
        case "run": try await program.run()
        default: throw ChaosError(description: "usage: relais-chaos register|run")
        }
    }

    private init() throws {
        logger = Logger(label: "chaos")
        settings = DatabaseSettings(
            conninfo: try Self.required("RELAIS_DATABASE_URL"),
            poolSize: 8,
            acquireTimeout: .seconds(30),
            connectTimeout: .seconds(10)
        )
        let name = identity.applicationName
        ledger = Ledger(
            durable: PostgresPool(configuration: settings.durable(applicationName: name), logger: logger),
            relaxed: PostgresPool(configuration: settings.relaxed(applicationName: name), logger: logger)
        )
    }

    private static func required(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
            throw ChaosError(description: "\(name): expected an address, got nothing; see deploy/stack env")
        }
        return value
    }

    private func register() async throws {
        try await ledger.register(ChaosKinds.catalogue)
        await ledger.durable.close()
        await ledger.relaxed.close()
    }

    private func run() async throws {
        let connection = AMQPConnection(
            configuration: try AMQPConfiguration(
                url: try Self.required("RELAIS_BROKER_URL"),
                connectionName: identity.applicationName
            ),
            topology: BrokerTopology.topology(of: PlatformCatalogue.jobs),
            logger: logger
        )
        let presence = ProcessPresence(
            configuration: settings.relaxed(applicationName: identity.applicationName),
            identity: identity,
            ledger: ledger,
            due: WakeUp(),
            logger: logger
        )
        let worker = Worker(
            queues: ChaosKinds.catalogue.queues,
            connection: connection,
            ledger: ledger,
            presence: presence,
            registry: ChaosKinds.registry,
            grace: .seconds(25),
            onStopRequest: { kill(getpid(), SIGTERM) },
            logger: logger
        )
        let services: [any Service] = [ledger.durable, ledger.relaxed, presence, connection, worker]
        try await ServiceGroup(
            configuration: .init(
                services: services.map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        ).run()
    }
}

/// What the script should print before it gives up.
struct ChaosError: Error, CustomStringConvertible {
    let description: String
}
