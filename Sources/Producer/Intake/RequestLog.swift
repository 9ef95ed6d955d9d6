import Hummingbird
import Logging
import Metrics

/// One line and two metrics per request: method, route template, status and time. Never the path itself, the query or
/// a body: they hold ids, signatures and addresses.
struct RequestLog: RouterMiddleware {
    typealias Context = IntakeContext

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

    func handle(
        _ request: Request,
        context: IntakeContext,
        next: (Request, IntakeContext) async throws -> Response
    ) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        let response = try await next(request, context)
        let time = clock.now - start
        let method = Self.methods.contains(request.method.rawValue) ? request.method.rawValue : "other"
        let route = context.endpointPath ?? "unmatched"
        Counter(
            label: "relais_http_requests_total",
            dimensions: [("method", method), ("route", route), ("status", "\(response.status.code)")]
        ).increment()
        Timer(label: "relais_http_request_seconds", dimensions: [("method", method), ("route", route)])
            .record(duration: time)
        // Probes come every few seconds, for ever.
        let level: Logger.Level = route.hasPrefix("/health") || route == "/metrics" ? .debug : .info
        context.logger.log(
            level: level,
            "Request answered",
            metadata: [
                IntakeLogKey.method: "\(method)", IntakeLogKey.route: "\(route)",
                IntakeLogKey.status: "\(response.status.code)",
                IntakeLogKey.milliseconds: "\(Int((time / .milliseconds(1)).rounded()))",
            ]
        )
        return response
    }
}

/// The metadata keys of this program, beside the engine's.
enum IntakeLogKey {
    static let method = "method"
    static let route = "route"
    static let status = "status"
    static let milliseconds = "ms"
    static let port = "port"
}
