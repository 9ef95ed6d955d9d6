import Dispatch
import Foundation
package import Logging
import ServiceLifecycle

/// A small HTTP server on the loopback interface for monitors and health probes.
///
/// It answers GET and closes. It is not for the open network: no TLS, no login, few connections. Put it first in the
/// service group, so that it stops last and a stopping process can still be watched.
package actor MonitoringServer: Service {
    private nonisolated let executor = DispatchExecutor(label: "relais.monitoring")
    private let endpoints: MonitoringEndpoints
    private let requestedPort: Int
    private let limits: Limits
    private let logger: Logger
    private var listener: (source: any DispatchSourceRead, port: Int)?
    private var connections: [Int32: MonitoringConnection] = [:]

    /// Bounds on what clients can take.
    struct Limits {
        /// A connection beyond is closed at once.
        var connections = 16
        /// From accepting a connection to its last byte.
        var lifetime: Duration = .seconds(10)
    }

    /// Runs the actor on its own queue, beside the shared threads: it answers also when these are all at work.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - port: on 127.0.0.1; 0 lets the system choose one.
    ///   - endpoints: what is answered.
    package init(port: Int, endpoints: MonitoringEndpoints, logger: Logger) {
        self.init(port: port, endpoints: endpoints, logger: logger, limits: Limits())
    }

    init(port: Int, endpoints: MonitoringEndpoints, logger: Logger, limits: Limits) {
        requestedPort = port
        self.endpoints = endpoints
        self.logger = logger
        self.limits = limits
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// - Throws: ``SocketError`` when the port is taken.
    package func run() async throws {
        let port = try start()
        logger.info("Monitoring port open", metadata: [LogKey.port: "\(port)"])
        // Cancellation ends the wait too, and is no fault.
        try? await gracefulShutdown()
        stop()
    }

    /// Opens the port, unless it is open.
    ///
    /// - Returns: its number.
    package func start() throws -> Int {
        if let listener { return listener.port }
        let (descriptor, port) = try LoopbackListener.open(port: requestedPort)
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: executor.queue)
        source.setEventHandler { @Sendable [weak self] in
            self?.assumeIsolated { $0.accept(from: descriptor) }
        }
        // Closing earlier would let another file take the number while the source still watches it.
        source.setCancelHandler { @Sendable in close(descriptor) }
        source.activate()
        listener = (source, port)
        return port
    }

    /// Closes the port and every connection.
    package func stop() {
        listener?.source.cancel()
        listener = nil
        for connection in connections.values { connection.cancel() }
        connections = [:]
    }

    // MARK: - Connections

    private func accept(from listening: Int32) {
        while listener != nil {
            let descriptor = Foundation.accept(listening, nil, nil)
            guard descriptor >= 0 else { return }
            guard connections.count < limits.connections,
                fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0,
                fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
            else {
                close(descriptor)
                continue
            }
            open(descriptor)
        }
    }

    private func open(_ descriptor: Int32) {
        let connection = MonitoringConnection(descriptor, queue: executor.queue, lifetime: limits.lifetime) {
            @Sendable [weak self] event in
            self?.assumeIsolated { $0.handle(event, on: descriptor) }
        }
        connections[descriptor] = connection
        connection.activate()
    }

    private func handle(_ event: MonitoringConnection.Event, on descriptor: Int32) {
        guard let connection = connections[descriptor] else { return }
        switch event {
        case .readable:
            switch connection.receive() {
            case .incomplete: break
            case .closed: drop(descriptor)
            case .tooLarge: send(connection.refusal(431), on: descriptor)
            case .request(.malformed): send(connection.refusal(400), on: descriptor)
            case .request(.otherMethod): send(connection.refusal(405), on: descriptor)
            case .request(.get(let path)):
                Task { [endpoints] in
                    let answer = await endpoints.answer(to: path)
                    self.answer(answer, to: connection, descriptor)
                }
            }
        case .writable:
            if connection.flush() { drop(descriptor) }
        case .expired:
            drop(descriptor)
        }
    }

    /// The connection may have expired, and its number may belong to another one, while the answer was made.
    private func answer(
        _ answer: MonitoringEndpoints.Answer?,
        to connection: MonitoringConnection,
        _ descriptor: Int32
    ) {
        guard connections[descriptor] === connection else { return }
        send(answer.map(HTTPAnswer.bytes) ?? connection.refusal(404), on: descriptor)
    }

    private func send(_ bytes: [UInt8], on descriptor: Int32) {
        guard let connection = connections[descriptor] else { return }
        connection.send(bytes)
        if connection.flush() { drop(descriptor) }
    }

    private func drop(_ descriptor: Int32) {
        connections.removeValue(forKey: descriptor)?.cancel()
    }
}
