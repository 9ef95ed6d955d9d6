import AMQP
import Bootstrap
import HTTPTypes
import Hummingbird
import HummingbirdCore
import JobEngine
import Logging
import NIOCore
import Platform
import Postgres

/// The HTTP server of intake: everything that it serves, and its bounds.
struct IntakeServer: Sendable {
    let ledger: Ledger
    let catalogue: JobCatalogue
    let secret: SharedSecret
    let due: WakeUp
    let broker: AMQPConnection?
    /// The most jobs that may wait in a queue.
    let maxWaiting: Int
    let metrics: MetricsRegistry

    /// A connection on which nothing more is asked, or a request that stops half way, is closed after so long. The first
    /// request has less time (``ConnectionGuard``).
    private static let idleTimeout: TimeAmount = .seconds(60)

    /// Tokens and keys fit many times; what a caller may make this process hold before it is known is small.
    private static let headers = HTTP1Channel.Configuration.DecoderConfiguration(
        maxHeaderFieldSize: 8 * 1024,
        maxHeaderListSize: 16 * 1024,
        maxHeaderFieldCount: 64
    )

    /// - Throws: when the secret is too short.
    func router() throws -> Router<IntakeContext> {
        let router = Router(context: IntakeContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestLog())
        router.add(middleware: ProblemMiddleware())
        let routes = Routes(router: router)
        let authentication = Authentication(AccessTokens(ledger.durable))
        let acceptance = JobAcceptance(
            database: ledger.durable,
            secret: secret,
            limit: WaitingLimit(database: ledger.durable, limit: maxWaiting),
            due: due
        )
        JobsController(catalogue: catalogue, ledger: ledger, acceptance: acceptance, authentication: authentication)
            .register(routes)
        QueuesController(ledger: ledger, authentication: authentication).register(routes)
        ProcessesController(ledger: ledger, authentication: authentication).register(routes)
        SchedulesController(ledger: ledger, authentication: authentication).register(routes)
        ExpiryController(ledger: ledger, authentication: authentication).register(routes)
        ExportFilesController(
            database: ledger.durable,
            links: try secret.links(),
            acceptance: acceptance,
            authentication: authentication
        )
        .register(routes)
        PlacementsController(database: ledger.durable, acceptance: acceptance, authentication: authentication)
            .register(routes)
        StatisticsController(database: ledger.durable, authentication: authentication).register(routes)
        RedeemController(database: ledger.durable, secret: secret, authentication: authentication).register(routes)
        HealthController(database: ledger.durable, broker: broker).register(routes)
        MetricsController(metrics: metrics, authentication: authentication).register(routes)
        return router
    }

    /// The server as a service: it stops by refusing new connections and answering what it has begun.
    func application(
        _ settings: HTTPSettings,
        logger: Logger,
        headTimeout: TimeAmount = ConnectionGuard.headTimeout,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws -> some ApplicationProtocol {
        Application(
            responder: AnyMethod(inner: try router().buildResponder()),
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [ConnectionGuard(first: headTimeout, next: Self.idleTimeout)],
                    idleTimeout: Self.idleTimeout,
                    httpDecoderConfiguration: Self.headers
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.address, port: settings.number),
                availableConnectionsDelegate: MaximumAvailableConnections(settings.connections)
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }
}
