import AMQP
import Foundation
import JobEngine
import Logging
import Postgres
import ServiceLifecycle
import UnixSignals

/// A process of the measured system, assembled as the real programs assemble theirs.
struct PeerProcess {
    private let identity: ProcessIdentity
    private let ledger: Ledger
    private let session: PostgresConfiguration
    private let connection: AMQPConnection
    private let presence: ProcessPresence
    private let due = WakeUp()

    init(role: ProcessIdentity.Role) throws {
        identity = ProcessIdentity(role: role)
        let name = identity.applicationName
        session = PostgresConfiguration(
            conninfo: PeerEnvironment.conninfo,
            applicationName: name,
            poolSize: 4,
            settings: Ledger.relaxedSettings
        )
        ledger = Ledger(
            durable: PeerEnvironment.pool(applicationName: name),
            relaxed: PostgresPool(configuration: session, logger: .quiet)
        )
        connection = AMQPConnection(
            configuration: try AMQPConfiguration(url: try PeerEnvironment.brokerURL(), connectionName: name),
            topology: BrokerTopology.topology(of: NoOp.catalogue),
            logger: .quiet
        )
        presence = ProcessPresence(
            configuration: session,
            identity: identity,
            ledger: ledger,
            due: due,
            logger: .quiet
        )
    }

    /// Relay and chores, as a producer without its intake.
    func dispatch() async throws {
        try await run([makeRelay(), Chores(ledger: ledger, logger: .quiet)])
    }

    /// Enqueues as intake does: the relay is in the same process, and is told of each job once it is committed.
    func produce(
        _ body: @escaping @Sendable (_ enqueue: (NewJob) async throws -> Void) async throws -> Void
    ) async throws {
        try await run([makeRelay()]) {
            try await body { job in
                _ = try await ledger.enqueue(job)
                due.signal()
            }
        }
    }

    func work() async throws {
        var registry = HandlerRegistry()
        registry.register(NoOpHandler(log: try ExecutionLog()))
        let worker = Worker(
            queues: [NoOp.queue],
            connection: connection,
            ledger: ledger,
            presence: presence,
            registry: registry,
            grace: .seconds(5),
            onStopRequest: {},
            logger: .quiet
        )
        try await run([worker])
    }

    private func makeRelay() -> Relay {
        Relay(
            ledger: ledger,
            session: session,
            catalogue: NoOp.catalogue,
            publisher: connection.makePublisher(),
            presence: presence,
            due: due,
            logger: .quiet
        )
    }

    /// Runs until a signal comes, or until `body` has ended.
    private func run(_ duties: [any Service], _ body: (@Sendable () async throws -> Void)? = nil) async throws {
        let services: [any Service] = [ledger.durable, ledger.relaxed, presence, connection] + duties
        let group = ServiceGroup(
            configuration: .init(
                services: services.map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: .quiet
            )
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            if let body {
                try await body()
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }
}
