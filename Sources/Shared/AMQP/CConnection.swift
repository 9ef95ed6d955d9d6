import CRabbitMQ
import Glibc

/// Owner of one librabbitmq connection, which is not thread-safe: used by one executor at a time.
///
/// Only sending and taking frames is left to the library; replies are matched to requests by the session, because the
/// library's own request functions block until the reply and set aside the frames meant for others.
final class CConnection {
    /// The largest frame either side may send, and so the most memory one frame can take.
    private static let frameMax: Int32 = 131_072

    private let raw: amqp_connection_state_t
    private let arena = Arena()
    let host: AMQPConfiguration.Host

    private init(raw: amqp_connection_state_t, host: AMQPConfiguration.Host) {
        self.raw = raw
        self.host = host
    }

    deinit { amqp_destroy_connection(raw) }

    /// Connects and logs in; blocks up to twice the connect time-out, so never on a shared thread.
    static func open(_ configuration: AMQPConfiguration, host: AMQPConfiguration.Host) throws(AMQPError) -> CConnection
    {
        let during = "connect to \(host)"
        guard let raw = amqp_new_connection() else {
            throw AMQPError(.connection, text: "out of memory", during: during)
        }
        let connection = CConnection(raw: raw, host: host)
        try connection.openSocket(configuration, during: during)
        connection.limitUnansweredWrites()
        try connection.login(configuration, during: "log in to \(host)")
        return connection
    }

    private func openSocket(_ configuration: AMQPConfiguration, during: String) throws(AMQPError) {
        let socket: OpaquePointer?
        if let tls = configuration.tls {
            socket = amqp_ssl_socket_new(raw)
            guard let socket else { throw AMQPError(.connection, text: "cannot set up TLS", during: during) }
            amqp_ssl_socket_set_verify_peer(socket, tls.verifies ? 1 : 0)
            amqp_ssl_socket_set_verify_hostname(socket, tls.verifies ? 1 : 0)
            amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
            guard !tls.verifies || amqp_ssl_socket_set_cacert(socket, tls.authorities) == 0 else {
                throw AMQPError(
                    .usage,
                    text: "expected a PEM file of authorities at \(tls.authorities)",
                    during: during
                )
            }
        } else {
            socket = amqp_tcp_socket_new(raw)
        }
        guard let socket else { throw AMQPError(.connection, text: "out of memory", during: during) }
        var timeout = timeval(configuration.connectTimeout)
        let status = amqp_socket_open_noblock(socket, host.name, Int32(host.port), &timeout)
        if let tls = configuration.tls, let error = AMQPError(tlsStatus: status, tls, host, during: during) {
            throw error
        }
        try check(status, during)
    }

    /// A write waits until the kernel takes it. Without this a dead peer would hold the queue until the heartbeat's
    /// deadline, and for a quarter of an hour without heartbeats.
    private func limitUnansweredWrites() {
        var milliseconds: UInt32 = 15_000
        setsockopt(socketDescriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, socklen_t(4))
        var on: Int32 = 1
        setsockopt(socketDescriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(4))
    }

    private func login(_ configuration: AMQPConfiguration, during: String) throws(AMQPError) {
        var timeout = timeval(configuration.connectTimeout)
        amqp_set_handshake_timeout(raw, &timeout)
        // What is not announced is not sent: a deleted queue or a blocked broker would look silent for ever.
        let capabilities: [(String, AMQPValue)] = [
            "publisher_confirms", "consumer_cancel_notify", "connection.blocked", "basic.nack",
            "authentication_failure_close",
        ].map { ($0, .boolean(true)) }
        var properties = arena.table(
            [("connection_name", .string(configuration.connectionName))],
            inner: "capabilities",
            capabilities
        )
        defer { arena.reset() }
        let reply = crabbitmq_login_plain(
            raw,
            configuration.virtualHost,
            0,
            Self.frameMax,
            Int32(configuration.heartbeat.components.seconds),
            &properties,
            configuration.user,
            configuration.password
        )
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL:
            return
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            guard case .connectionClose(let code, let text) = ServerMethod(reply.reply) else {
                throw AMQPError(.protocolViolation, text: "unexpected answer to the login", during: during)
            }
            throw AMQPError([403, 530].contains(code) ? .refused : .connection, code: code, text: text, during: during)
        default:
            let status = reply.library_error == 0 ? AMQP_STATUS_CONNECTION_CLOSED.rawValue : reply.library_error
            do {
                try check(status, during)
            } catch {
                throw configuration.tls == nil ? error.wonderingAboutTLS(at: host) : error
            }
        }
    }

    // MARK: - Using

    var socketDescriptor: Int32 { amqp_get_sockfd(raw) }

    /// What both sides agreed on, in seconds; 0: none.
    var heartbeatSeconds: Int { Int(amqp_get_heartbeat(raw)) }

    /// The next frame, or `nil` when neither the socket nor librabbitmq's buffers hold a whole one. Also sends a
    /// heartbeat when one is due and fails when the peer's are overdue.
    func nextFrame() throws(AMQPError) -> ServerFrame? {
        var frame = amqp_frame_t()
        var noWait = timeval()
        let status = amqp_simple_wait_frame_noblock(raw, &frame, &noWait)
        if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
        try check(status, "read from \(host)")
        // The frame points into the channel's pool, which grows until it is released.
        defer { amqp_maybe_release_buffers_on_channel(raw, frame.channel) }
        guard let decoded = ServerFrame(frame) else {
            throw AMQPError(
                .protocolViolation,
                text: "unknown frame type \(frame.frame_type)",
                during: "read from \(host)"
            )
        }
        return decoded
    }

    func send(_ method: ClientMethod, channel: UInt16) throws(AMQPError) {
        defer { arena.reset() }
        try check(method.send(raw, channel, arena), "send to \(host)")
    }

    /// - Parameter sequence: the publisher's own number of the message. It travels as correlation id, because a
    ///   returned message comes back with its properties but without a delivery tag.
    func publish(_ message: OutgoingMessage, sequence: UInt64, channel: UInt16) throws(AMQPError) {
        defer { arena.reset() }
        var properties = amqp_basic_properties_t()
        var flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CORRELATION_ID_FLAG
        properties.content_type = arena.bytes("application/json")
        properties.delivery_mode = UInt8(
            (message.persistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT).rawValue
        )
        properties.correlation_id = arena.bytes(String(sequence))
        if let messageID = message.messageID {
            properties.message_id = arena.bytes(messageID)
            flags |= AMQP_BASIC_MESSAGE_ID_FLAG
        }
        if let type = message.type {
            properties.type = arena.bytes(type)
            flags |= AMQP_BASIC_TYPE_FLAG
        }
        if !message.headers.isEmpty {
            properties.headers = arena.table(message.headers.map { ($0.key, .string($0.value)) })
            flags |= AMQP_BASIC_HEADERS_FLAG
        }
        properties._flags = amqp_flags_t(flags)
        let exchange = arena.bytes(message.exchange)
        let routingKey = arena.bytes(message.routingKey)
        let status = message.body.withUnsafeBytes { body in
            // The library reads the body only; its struct knows no const.
            let bytes = amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress))
            return amqp_basic_publish(raw, channel, exchange, routingKey, 1, 0, &properties, bytes)
        }
        try check(status, "publish to \(host)")
    }

    private func check(_ status: Int32, _ during: String) throws(AMQPError) {
        guard status != AMQP_STATUS_OK.rawValue else { return }
        let kind: AMQPError.Kind =
            switch status {
            case AMQP_STATUS_BAD_AMQP_DATA.rawValue, AMQP_STATUS_UNKNOWN_CLASS.rawValue,
                AMQP_STATUS_UNKNOWN_METHOD.rawValue, AMQP_STATUS_WRONG_METHOD.rawValue,
                AMQP_STATUS_UNEXPECTED_STATE.rawValue, AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION.rawValue:
                .protocolViolation
            default: .connection
            }
        throw AMQPError(kind, code: Int(status), text: String(cString: amqp_error_string2(status)), during: during)
    }
}

extension timeval {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
