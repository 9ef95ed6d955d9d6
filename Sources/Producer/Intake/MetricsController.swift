import Bootstrap
import HTTPTypes
import Hummingbird

/// `/metrics`, for tokens with the scope `metrics`: on one port with intake, it must not be open to its callers.
struct MetricsController: Sendable {
    let metrics: MetricsRegistry
    let authentication: Authentication

    func register(_ routes: Routes) {
        routes.serve("/metrics", [.get: show])
    }

    @Sendable private func show(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: [.metrics])
        return Response(
            status: .ok,
            headers: [.contentType: MetricsRegistry.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.exposition()))
        )
    }
}
