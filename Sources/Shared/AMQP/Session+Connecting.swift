import Dispatch
import Logging

extension Session {
    func connect() async {
        do throws(AMQPError) {
            let connection = try await Self.open(configuration, hosts).get()
            // Stopped meanwhile: dropping the connection closes its socket.
            guard recovery.state != .closed else { return }
            adopt(connection)
            try await declareTopology()
            established(connection.host)
        } catch {
            tearDown(error)
            failed(error)
        }
    }

    /// Tries each host in turn. Resolving, connecting and the login block, so they have a thread of their own.
    private static func open(
        _ configuration: AMQPConfiguration,
        _ hosts: [AMQPConfiguration.Host]
    ) async -> sending Result<CConnection, AMQPError> {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "relais.amqp.connect").async {
                var failure = AMQPError(.usage, text: "expected at least one host", during: "connect")
                for host in hosts {
                    do throws(AMQPError) {
                        let connection = try CConnection.open(configuration, host: host)
                        return continuation.resume(returning: .success(connection))
                    } catch {
                        failure = error
                    }
                }
                continuation.resume(returning: .failure(failure))
            }
        }
    }

    private func adopt(_ connection: CConnection) {
        epoch += 1
        let epoch = epoch
        wire = Wire(
            connection,
            queue: executor.queue,
            onReadable: { [weak self] in self?.assumeIsolated { $0.drain(epoch) } },
            onTick: { [weak self] in self?.assumeIsolated { $0.tick(epoch) } }
        )
        // Frames that came with the login wait in librabbitmq's buffers, where the source does not see them.
        post { $0.drain(epoch) }
    }

    private func established(_ host: AMQPConfiguration.Host) {
        guard recovery.state != .closed else { return }
        perform(recovery.handle(.established))
        connectedAt = .now
        // The next attempt starts elsewhere.
        hosts = hosts.filter { $0 != host } + [host]
        logger.info("Broker connected", metadata: [LogKey.peer: "\(host)"])
        status.report(.connected)
        for link in publishers.values { reopen(link) }
        for link in consumers.values { reconcile(link) }
    }

    private func failed(_ error: AMQPError) {
        guard recovery.state != .closed else { return }
        warn("Broker not reachable, will try again", error)
        status.report(.connectFailed(error))
        perform(recovery.handle(.failed))
    }

    /// The connection broke, was closed by the broker or broke the protocol.
    func lose(_ error: AMQPError) {
        guard wire != nil else { return }
        tearDown(error)
        // During connect, the attempt's own error handling has the word.
        guard recovery.state == .open else { return }
        warn("Broker connection lost, connecting again", error)
        status.report(.lost(error))
        perform(recovery.handle(.lost(openFor: connectedAt.duration(to: .now))))
    }

    func tearDown(_ error: AMQPError) {
        wire?.cancel()
        wire = nil
        epoch += 1
        let ended = channels.values
        channels = [:]
        for link in publishers.values { link.end(error) }
        for link in consumers.values { link.end() }
        for channel in ended { channel.end(error) }
    }

    /// Says goodbye, waits at most two seconds for the answer, and ends everyone's waiting.
    func disconnect() async {
        let closed = AMQPError(.closed, text: "the connection was closed by its owner", during: "stop")
        for link in publishers.values { link.end(closed) }
        for link in consumers.values {
            link.wanted = .closed
            for waiter in link.waiters { waiter.caller.resume(returning: []) }
            link.waiters = []
        }
        if wire != nil, let goodbye = channel(0, owner: .control) {
            _ = try? await request(.connectionClose, on: goodbye, during: "close the connection", within: .seconds(2))
        }
        tearDown(closed)
        status.finish()
        isClosed = true
        for caller in onClosed { caller.resume() }
        onClosed = []
    }

    func warn(_ message: Logger.Message, _ error: AMQPError) {
        // A name for all hosts together: an attempt tries each of them, and one line says it.
        guard limiter.admits("broker") else { return }
        logger.warning(message, metadata: [LogKey.error: "\(error)"])
    }
}
