import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Stands on each connection before anything of it counts as a request: closes one whose next request does not come
/// in time, and answers what is no HTTP with a problem document.
///
/// Without it a caller that trickles the lines of a head would hold one of the bounded connections for as long as it
/// likes: only a whole head counts here, not a byte of it.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long the head of a connection's first request may take.
    static let headTimeout: TimeAmount = .seconds(10)
    /// How long a client has to read a refusal before the connection is closed under it.
    private static let farewell: TimeAmount = .seconds(2)

    private let first: TimeAmount
    private let next: TimeAmount
    /// Requests whose head came and whose answer has not left.
    private var open = 0
    private var isRefused = false
    private var deadline: Scheduled<Void>?

    /// - Parameters:
    ///   - first: how long the head of the first request may take.
    ///   - next: how long that of a later one may take from the end of the answer before it.
    init(first: TimeAmount = headTimeout, next: TimeAmount) {
        self.first = first
        self.next = next
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { close(context, in: first) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func channelActive(context: ChannelHandlerContext) {
        close(context, in: first)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) {
            open += 1
            deadline?.cancel()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            open -= 1
            if open == 0 { close(context, in: next) }
        }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // In the midst of a request its reader hears of it and answers.
        guard error is HTTPParserError, open == 0, !isRefused else {
            context.fireErrorCaught(error)
            return
        }
        isRefused = true
        let problem = Problem.noRequest
        let body = problem.body
        let head = HTTPResponse(
            status: problem.status,
            headerFields: [
                .contentType: "application/problem+json", .contentLength: "\(body.readableBytes)",
                .cacheControl: "no-store", .connection: "close",
            ]
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // Closing at once, with bytes of the client unread, would take the answer back from it.
        close(context, in: Self.farewell)
    }

    private func close(_ context: ChannelHandlerContext, in time: TimeAmount) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }
}
