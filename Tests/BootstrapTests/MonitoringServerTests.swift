import CoreMetrics
import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import Bootstrap

@Suite struct MonitoringServerTests {
    private let registry = MetricsRegistry()
    private let health = HealthChecks(timeout: .seconds(60))

    private func withServer(
        _ limits: MonitoringServer.Limits = .init(),
        health: HealthChecks? = nil,
        _ body: (Int) async throws -> Void
    ) async throws {
        let server = MonitoringServer(
            port: 0,
            endpoints: MonitoringEndpoints(metrics: registry, health: health ?? self.health),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            limits: limits
        )
        let port = try await server.start()
        do { try await body(port) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test func metricsAndHealthAreServed() async throws {
        Counter(label: "c", factory: registry).increment()
        health.register("database") { .ok }
        try await withServer { port in
            let metrics = try await Client.exchange(port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(metrics.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
            #expect(metrics.hasSuffix("\r\n\r\n# TYPE c counter\nc 1\n"))
            let ready = try await Client.exchange(port, "GET /health/ready?x=1 HTTP/1.0\r\n\r\n")
            #expect(ready.hasPrefix("HTTP/1.1 200 OK"))
            #expect(ready.hasSuffix(#"{"status":"ok","checks":{"database":"ok"}}"# + "\n"))
        }
    }

    @Test func aFailingOrHangingCheckMakesTheProcessUnreadyButNotDead() async throws {
        // Time enough for the check that answers at once, on a machine that is busy.
        let health = HealthChecks(timeout: .seconds(3))
        let (ends, end) = AsyncStream<Void>.makeStream()
        defer { end.finish() }
        health.register("broker") { .failing("no \"connection\"") }
        health.register("hanging") {
            // Ignores its cancellation: a task of its own has none.
            await Task { for await _ in ends {} }.value
            return .ok
        }
        try await withServer(health: health) { port in
            let ready = try await Client.exchange(port, "GET /health/ready HTTP/1.1\r\n\r\n")
            #expect(ready.hasPrefix("HTTP/1.1 503 Service Unavailable"))
            #expect(
                ready.hasSuffix(
                    #"{"status":"failing","checks":{"broker":"no \"connection\"","hanging":"no answer within 3s"}}"#
                        + "\n"
                )
            )
            #expect(try await Client.exchange(port, "GET /health/live HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 200 OK"))
            health.beginStopping()
            #expect(
                try await Client.exchange(port, "GET /health/ready HTTP/1.1\r\n\r\n").contains(#""process":"stopping""#)
            )
        }
    }

    @Test(arguments: [
        ("\r\n\r\n", "400"), ("GET\r\n\r\n", "400"), ("GET /metrics\r\n\r\n", "400"),
        ("GET metrics HTTP/1.1\r\n\r\n", "400"),
        ("GET /metrics HTTP/2\r\n\r\n", "400"), ("G\u{0}T / HTTP/1.1\r\n\r\n", "400"),
        ("POST /metrics HTTP/1.1\r\n\r\n", "405"),
        ("GET /etc/passwd HTTP/1.1\r\n\r\n", "404"), ("GET /metrics/../ HTTP/1.1\r\n\r\n", "404"),
        ("GET /" + String(repeating: "a", count: 100_000), "431"),
    ])
    func aRequestThatIsNotOursGetsItsRefusal(_ request: String, _ status: String) async throws {
        try await withServer { port in
            let answer = try await Client.exchange(port, request)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "got \(answer.prefix(80))")
            #expect(status != "405" || answer.contains("\r\nAllow: GET\r\n"))
        }
    }

    @Test func aRequestInPiecesOrWithAClosedSideIsAnswered() async throws {
        try await withServer { port in
            let answer = try await Client.exchange(
                port,
                "GET /health/live HTTP/1.1\r\n\r\n",
                pieces: 5,
                closesItsSide: true
            )
            #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test func aLargeAnswerArrivesWhole() async throws {
        for id in 0..<400 { Recorder(label: "r", dimensions: [("id", "\(id)")], factory: registry).record(1) }
        let expected = registry.exposition()
        try await withServer { port in
            let answer = try await Client.exchange(port, "GET /metrics HTTP/1.1\r\n\r\n")
            #expect(answer.hasSuffix("\r\n\r\n" + expected))
        }
    }

    @Test func silentClientsAreDroppedAndDoNotShutOthersOut() async throws {
        try await withServer(.init(connections: 2, lifetime: .seconds(3))) { port in
            // The first two hold the places until they expire; "" is what a closed connection answers.
            async let first = Client.exchange(port, "GET /")
            async let second = Client.exchange(port, "GET /")
            let silent = try await [first, second]
            #expect(silent == ["", ""])
            let live = try await Client.exchange(port, "GET /health/live HTTP/1.1\r\n\r\n")
            #expect(live.hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test func aTakenPortIsAnErrorThatSaysSo() async throws {
        try await withServer { port in
            let endpoints = MonitoringEndpoints(metrics: registry, health: health)
            let second = MonitoringServer(port: port, endpoints: endpoints, logger: Logger(label: "test"))
            let error = await #expect(throws: SocketError.self) { try await second.run() }
            #expect(
                error?.description
                    == "could not listen on 127.0.0.1:\(port) for monitoring: Address already in use: another process has the port, set another one"
            )
        }
    }

    @Test func thePortIsClosedWhenTheServiceIsCancelled() async throws {
        let endpoints = MonitoringEndpoints(metrics: registry, health: health)
        let server = MonitoringServer(
            port: 0,
            endpoints: endpoints,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let port = try await server.start()
        let service = Task { try await server.run() }
        _ = try await Client.exchange(port, "GET /health/live HTTP/1.1\r\n\r\n")
        service.cancel()
        try await service.value
        await #expect(throws: SocketError.self) { try await Client.exchange(port, "GET / HTTP/1.1\r\n\r\n") }
    }
}
