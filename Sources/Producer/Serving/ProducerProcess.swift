import AMQP
import Bootstrap
import Hummingbird
import JobEngine
import Logging
import Platform
import Postgres
import ServiceLifecycle

/// Wires the services of `producer serve`, in the order in which they stand on each other.
struct ProducerProcess: Sendable {
    private let settings: ProducerSettings
    private let duties: Duties
    private let metrics: MetricsRegistry
    private let identity = ProcessIdentity(role: .producer)
    private let catalogue = PlatformCatalogue.jobs
    private let logger = Logger(label: "producer")
    private let ledger: Ledger
    private let broker: AMQPConnection?
    private let due = WakeUp()

    /// Stopping in all: the answers of requests in flight, and the settlement of published batches (10 s).
    private static let maximumShutdown: Duration = .seconds(20)

    init(settings: ProducerSettings, duties: Duties, metrics: MetricsRegistry) throws {
        self.settings = settings
        self.duties = duties
        self.metrics = metrics
        let name = identity.applicationName
        ledger = Ledger(
            durable: PostgresPool(configuration: settings.database.durable(applicationName: name), logger: logger),
            relaxed: PostgresPool(configuration: settings.database.relaxed(applicationName: name), logger: logger)
        )
        broker =
            duties.relay
            ? AMQPConnection(
                configuration: try settings.broker.configuration(connectionName: name),
                topology: BrokerTopology.topology(of: catalogue),
                logger: logger
            ) : nil
    }

    /// Checks the schema, then runs until it is asked to stop.
    ///
    /// - Throws: `SchemaError` or ``CatalogueError`` before anything was started.
    func run() async throws -> Bootstrap.ExitCode {
        do {
            try await SchemaPart.verify(ledger.durable, catalogue)
        } catch {
            await ledger.durable.close()
            throw error
        }
        return await ProcessRunner(
            services: try services(),
            maximumShutdown: Self.maximumShutdown,
            logger: logger
        ).run()
    }

    private func services() throws -> [any Service] {
        // A session of its own each: presence must not wait behind others, the relay's holds its lock.
        let session = settings.database.relaxed(applicationName: identity.applicationName)
        let presence = ProcessPresence(
            configuration: session,
            identity: identity,
            ledger: ledger,
            due: due,
            logger: logger
        )
        var services: [any Service] = [ledger.durable, ledger.relaxed]
        if let broker { services.append(broker) }
        services.append(presence)
        if duties.chores { services.append(Chores(ledger: ledger, logger: logger)) }
        if let broker {
            services.append(
                Relay(
                    ledger: ledger,
                    session: session,
                    catalogue: catalogue,
                    publisher: broker.makePublisher(),
                    presence: presence,
                    due: due,
                    logger: logger
                )
            )
        }
        if duties.intake { services.append(try intake()) }
        return services
    }

    private func intake() throws -> any Service {
        let logger = logger
        return try IntakeServer(
            ledger: ledger,
            catalogue: catalogue,
            secret: settings.secret,
            due: due,
            broker: broker,
            maxWaiting: settings.http.maxWaiting,
            metrics: metrics
        ).application(settings.http, logger: logger) { port in
            logger.info("Intake listens", metadata: [IntakeLogKey.port: "\(port)"])
        }
    }
}
