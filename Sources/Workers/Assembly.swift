import AMQP
import Bootstrap
import Foundation
import JobEngine
import Logging
import Mail
import Platform
import Postgres
import ServiceLifecycle

/// The parts of a worker process, wired in the order in which they depend on each other.
struct Assembly {
    private let durable: PostgresPool
    private let relaxed: PostgresPool
    private let connection: AMQPConnection
    private let presence: ProcessPresence
    private let worker: Worker
    private let mailer: Mailer
    private let sms: SMSGateway?
    private let monitoring: MonitoringServer
    private let health: HealthChecks

    init(settings: WorkersSettings, queues: [QueueDefinition], metrics: MetricsRegistry, logger: Logger) throws {
        let identity = ProcessIdentity(role: .workers)
        let name = identity.applicationName
        durable = PostgresPool(configuration: settings.database.durable(applicationName: name), logger: logger)
        relaxed = PostgresPool(configuration: settings.database.relaxed(applicationName: name), logger: logger)
        let ledger = Ledger(durable: durable, relaxed: relaxed)
        connection = AMQPConnection(
            configuration: try AMQPConfiguration(url: settings.brokerURL, connectionName: name),
            topology: BrokerTopology.topology(of: PlatformCatalogue.jobs),
            logger: logger
        )
        presence = ProcessPresence(
            configuration: settings.database.relaxed(applicationName: name),
            identity: identity,
            ledger: ledger,
            due: WakeUp(),
            logger: logger
        )
        mailer = Mailer(
            configuration: try settings.mail.configuration(),
            connections: settings.mail.connections,
            logger: logger
        )
        sms = try SMSGateway(settings.sms)
        worker = Worker(
            queues: queues,
            connection: connection,
            ledger: ledger,
            presence: presence,
            registry: try Handlers.registry(settings: settings, mailer: mailer, sms: sms),
            grace: settings.grace,
            // The stop that an operator asks for is the one that systemd asks for.
            onStopRequest: { kill(getpid(), SIGTERM) },
            logger: logger
        )
        health = Self.health(durable: durable, connection: connection)
        monitoring = MonitoringServer(
            port: settings.monitoringPort,
            endpoints: MonitoringEndpoints(
                metrics: metrics,
                health: health
            ),
            logger: logger
        )
    }

    /// In order of dependency: on a stop the worker ends first, and its last finishes still find the pools open. Before
    /// it, the process says that it is not ready any more.
    var services: [any Service] {
        [
            monitoring, durable, relaxed, ClosingService(mailer: mailer, sms: sms), presence, connection, worker,
            Unreadiness(health: health),
        ]
    }

    /// Running jobs get no more time to end by themselves.
    func endGrace() {
        worker.endGrace()
    }

    /// Refuses to start on a schema that is older or newer than this binary.
    func verifySchema() async throws {
        try await Migrator(component: JobEngineMigrations.component, migrations: JobEngineMigrations.all)
            .verify(durable)
        try await Migrator(component: PlatformMigrations.component, migrations: PlatformMigrations.all)
            .verify(durable)
    }

    private static func health(durable: PostgresPool, connection: AMQPConnection) -> HealthChecks {
        let health = HealthChecks()
        health.register("database") {
            do {
                _ = try await durable.query("SELECT 1", as: "health check", timeout: .seconds(1))
                return .ok
            } catch {
                return .failing("\(error)")
            }
        }
        health.register("broker") {
            connection.isConnected ? .ok : .failing("not connected to RabbitMQ")
        }
        return health
    }
}

/// Closes the connections to mail server and SMS gateway when everything that sends has ended.
private struct ClosingService: Service {
    let mailer: Mailer
    let sms: SMSGateway?

    func run() async throws {
        try? await gracefulShutdown()
        await mailer.close()
        await sms?.close()
    }
}

/// Tells monitors of a stop as soon as it begins: the jobs that still run may take the whole grace.
private struct Unreadiness: Service {
    let health: HealthChecks

    func run() async throws {
        try? await gracefulShutdown()
        health.beginStopping()
    }
}
