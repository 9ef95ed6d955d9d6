import AMQP
import Logging
import TestSupport
import Testing

/// Runs `body` with an open connection to a virtual host of its own.
func withBroker<Result: Sendable>(
    _ topology: Topology,
    _ body: @Sendable (AMQPConnection, TemporaryVirtualHost) async throws -> Result
) async throws -> Result {
    try await withTemporaryVirtualHost { host in
        try await withConnection(host.url, topology) { connection in
            try await connection.waitUntilConnected()
            return try await body(connection, host)
        }
    }
}

/// Runs `body` next to a running connection, open or not.
func withConnection<Result: Sendable>(
    _ url: String,
    _ topology: Topology = Topology(),
    _ body: (AMQPConnection) async throws -> Result
) async throws -> Result {
    let connection = AMQPConnection(
        configuration: try AMQPConfiguration(url: url, connectionName: "test"),
        topology: topology,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await connection.run() }
        do {
            let result = try await body(connection)
            group.cancelAll()
            try await group.waitForAll()
            return result
        } catch {
            group.cancelAll()
            throw error
        }
    }
}

extension AMQPConnection {
    func waitUntilConnected() async throws {
        for await event in events() {
            switch event {
            case .connected: return
            case .connectFailed(let error): throw error
            case .lost, .blocked, .unblocked: continue
            }
        }
    }

    /// The next failure to connect or loss of the connection.
    func nextFailure() async -> AMQPError? {
        for await event in events() {
            switch event {
            case .connectFailed(let error), .lost(let error): return error
            case .connected, .blocked, .unblocked: continue
            }
        }
        return nil
    }
}

/// Something else came than what was waited for.
struct TimedOut: Error { var waitingFor: String }

extension Consumer {
    /// Takes exactly `count` messages, unsettled.
    func take(_ count: Int) async -> [Delivery] {
        var taken: [Delivery] = []
        while taken.count < count {
            let batch = await nextBatch(max: count - taken.count)
            if batch.isEmpty { break }
            taken += batch
        }
        return taken
    }
}

extension Publisher {
    func waitUntilReady() async throws { try await eventually("ready publisher") { isReady } }

    /// Publishes where the broker's word is what matters, however late it comes.
    func publishPatiently(_ messages: [OutgoingMessage]) async throws -> [PublishOutcome] {
        try await publish(messages, timeout: longestWait)
    }
}

extension Topology {
    /// Exchange "jobs", queues "work" and "dead", where what is rejected from "work" goes to "dead".
    static let work = Topology(
        exchanges: [.init(name: "jobs")],
        queues: [.quorum("work", deadLetterQueue: "dead"), .quorum("dead")],
        bindings: [.init(exchange: "jobs", queue: "work", routingKey: "work")]
    )
}

func messages(_ range: ClosedRange<Int>, routingKey: String = "work") -> [OutgoingMessage] {
    range.map {
        OutgoingMessage(exchange: "jobs", routingKey: routingKey, body: Array("\($0)".utf8), messageID: "\($0)")
    }
}
