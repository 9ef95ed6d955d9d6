import Dispatch
import Logging

/// One broker connection and everything on it, confined to a queue of its own.
///
/// The session keeps a connection open for as long as it is not stopped, declares the topology after every connect and
/// gives each publisher and consumer its channel back. Its parts: `+Connecting`, `+Reading`, `+Channels`,
/// `+Publishing`, `+Consuming`.
actor Session {
    nonisolated let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    nonisolated let status = ConnectionStatus()

    let configuration: AMQPConfiguration
    let topology: Topology
    let logger: Logger

    var recovery = Recovery()
    var limiter = LogLimiter()
    /// Starts anywhere, so that a fleet spreads over a cluster's nodes.
    var hosts: [AMQPConfiguration.Host]
    var wire: Wire?
    var connectedAt = ContinuousClock.now
    /// Counts connections: whoever waited looks whether his is still the one.
    var epoch = 0
    var channels: [UInt16: Channel] = [:]
    var lastGeneration = 0
    var publishers: [Int: PublisherLink] = [:]
    var consumers: [Int: ConsumerLink] = [:]
    var lastWaiter = 0
    var topologyDeclaredAt = ContinuousClock.now
    var onClosed: [CheckedContinuation<Void, Never>] = []
    var isClosed = false

    init(configuration: AMQPConfiguration, topology: Topology, logger: Logger) {
        executor = QueueExecutor(label: "relais.amqp.\(configuration.connectionName)")
        self.configuration = configuration
        self.topology = topology
        self.logger = logger
        hosts = configuration.hosts.shuffled()
    }

    /// Runs `body` on the session's queue, after everything asked for before.
    nonisolated func post(_ body: @escaping @Sendable (isolated Session) -> Void) {
        executor.queue.async { self.assumeIsolated { body($0) } }
    }

    /// Connects and stays until `stop`.
    func runUntilClosed() async {
        perform(recovery.handle(.start))
        if isClosed { return }
        await withCheckedContinuation { onClosed.append($0) }
    }

    func stop() { perform(recovery.handle(.stop)) }

    var isOpen: Bool { recovery.state == .open }

    func perform(_ action: Recovery.Action) {
        switch action {
        case .nothing: break
        case .connect: Task { await connect() }
        case .connectAfter(let delay):
            executor.queue.asyncAfter(deadline: .now() + .nanoseconds(Int(delay / .nanoseconds(1)))) { [weak self] in
                self?.assumeIsolated { $0.perform($0.recovery.handle(.waited)) }
            }
        case .disconnect: Task { await disconnect() }
        }
    }
}
