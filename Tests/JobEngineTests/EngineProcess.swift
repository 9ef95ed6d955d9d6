import AMQP
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import Synchronization
import TestSupport

@testable import JobEngine

/// What would be one operating-system process: own identity, sessions and broker connections. It can be stopped
/// as SIGTERM does, or killed: its sessions end, and nothing that is left of it can write.
final class EngineProcess: Sendable {
    let identity: ProcessIdentity
    let ledger: Ledger
    let presence: ProcessPresence
    let connection: AMQPConnection
    let due = WakeUp()
    /// A channel for messages that no relay sends.
    let foreignPublisher: Publisher
    private let session: PostgresConfiguration
    private let conninfo: String
    private let services = Mutex<[any Service]>([])
    private let running = Mutex<(group: ServiceGroup, task: Task<Void, any Error>)?>(nil)

    init(role: ProcessIdentity.Role, conninfo: String, brokerURL: String) throws {
        identity = ProcessIdentity(role: role)
        let name = identity.applicationName
        session = PostgresConfiguration(
            conninfo: conninfo,
            applicationName: name,
            poolSize: 4,
            acquireTimeout: longestWait,
            settings: Ledger.relaxedSettings
        )
        self.conninfo = conninfo
        ledger = Ledger(
            durable: PostgresPool(
                configuration: PostgresConfiguration(
                    conninfo: conninfo,
                    applicationName: name,
                    poolSize: 8,
                    acquireTimeout: longestWait
                ),
                logger: .silent
            ),
            relaxed: PostgresPool(configuration: session, logger: .silent)
        )
        connection = AMQPConnection(
            configuration: try AMQPConfiguration(url: brokerURL, connectionName: name),
            topology: BrokerTopology.topology(of: TestCatalogue.all),
            logger: .silent
        )
        foreignPublisher = connection.makePublisher()
        presence = ProcessPresence(
            configuration: session,
            identity: identity,
            ledger: ledger,
            due: due,
            logger: .silent
        )
        services.withLock { $0 = [ledger.durable, ledger.relaxed, connection, presence] }
    }

    func addProducer(relay: Bool, chores: Bool) {
        if chores {
            let chores = Chores(ledger: ledger, logger: .silent, pace: .milliseconds(500))
            services.withLock { $0.append(chores) }
        }
        if relay {
            let control = ProcessControl(
                ledger: ledger,
                presence: presence,
                connection: connection,
                logger: .silent
            )
            services.withLock { $0.append(control) }
            let relay = Relay(
                ledger: ledger,
                session: session,
                catalogue: TestCatalogue.all,
                publisher: connection.makePublisher(),
                presence: presence,
                due: due,
                logger: .silent
            )
            services.withLock { $0.append(relay) }
        }
    }

    func addScheduler(clock: SQL) {
        let scheduler = Scheduler(ledger: ledger, logger: .silent, clock: clock, pace: .milliseconds(20))
        services.withLock { $0.append(scheduler) }
    }

    func addWorker(
        _ registry: HandlerRegistry,
        queues: [QueueDefinition],
        grace: Duration,
        stuckAfter: Duration
    ) {
        let worker = Worker(
            queues: queues,
            connection: connection,
            ledger: ledger,
            presence: presence,
            registry: registry,
            grace: grace,
            onStopRequest: { [weak self] in
                guard let self else { return }
                let group = running.withLock { $0?.group }
                Task { await group?.triggerGracefulShutdown() }
            },
            stuckAfter: stuckAfter,
            logger: .silent
        )
        services.withLock { $0.append(worker) }
    }

    func start() {
        let group = ServiceGroup(services: services.withLock { $0 }, logger: .silent)
        let task = Task { try await group.run() }
        running.withLock { $0 = (group, task) }
    }

    // MARK: - Ends

    /// The graceful stop of SIGTERM; returns when the process would exit.
    ///
    /// - Throws: `TimedOut` when it does not within ``longestWait``.
    func stop() async throws {
        guard let (group, task) = running.withLock({ $0 }) else { return }
        await group.triggerGracefulShutdown()
        let ended = EventLog<Bool>()
        Task {
            _ = await task.result
            ended.append(true)
        }
        try await ended.first("the end of the process") { $0 }
        try await task.value
        running.withLock { $0 = nil }
    }

    /// Ends all services at once without the waiting, in their usual way.
    func cancel() async {
        guard let task = running.withLock({ $0?.task }) else { return }
        task.cancel()
        _ = await task.result
        running.withLock { $0 = nil }
    }

    /// Kill -9, as far as one process can do it to a part of itself: the pools refuse everybody, the server ends the
    /// sessions, and only then is the rest cancelled.
    func kill() async throws {
        let pools = [ledger.durable, ledger.relaxed]
        let closing = pools.map { pool in Task { await pool.close() } }
        // A pool that is not closed yet would open a new session for one that is ended.
        for pool in pools {
            try await eventually("a pool to refuse") {
                do {
                    _ = try await pool.query("SELECT 1")
                    return false
                } catch let error as PostgresError {
                    return error.kind == .usage
                }
            }
        }
        let admin = try await PostgresConnection.connect(
            PostgresConfiguration(conninfo: conninfo, applicationName: "relais-tests-kill"),
            logger: .silent
        )
        running.withLock { $0?.task.cancel() }
        _ = try await admin.query(
            """
            SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 120000)) AS ended
            FROM pg_stat_activity WHERE application_name = \(identity.applicationName)
            """
        )
        await admin.close()
        for task in closing { await task.value }
        await cancel()
    }

    /// Ends the presence session alone, as a lost TCP connection would: the one session that listens.
    func losePresenceSession(in world: EngineWorld) async throws {
        // There may be none just now: a process that learns of its burial makes itself a new one.
        try await eventually("the presence session to end") {
            try await world.count(
                """
                SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid, 120000))
                FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
                WHERE a.application_name = \(identity.applicationName) AND l.locktype = 'advisory' AND l.classid = 7254
                """
            ) == 1
        }
    }
}
