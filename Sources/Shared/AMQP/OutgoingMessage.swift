/// A message to publish. It is always sent `mandatory`, because a confirm alone does not say that a queue took it.
package struct OutgoingMessage: Sendable {
    /// "" is the default exchange, which routes by queue name. At most 255 bytes.
    package var exchange: String
    /// At most 255 bytes.
    package var routingKey: String
    package var body: [UInt8]
    /// At most 255 bytes.
    package var messageID: String?
    /// At most 255 bytes.
    package var type: String?
    /// Names of at most 128 bytes; 32 KiB together.
    package var headers: [String: String]
    /// Whether a broker's restart may not lose it. Default true.
    package var persistent: Bool

    package init(
        exchange: String,
        routingKey: String,
        body: [UInt8],
        messageID: String? = nil,
        type: String? = nil,
        headers: [String: String] = [:],
        persistent: Bool = true
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.body = body
        self.messageID = messageID
        self.type = type
        self.headers = headers
        self.persistent = persistent
    }

    /// Refuses what the protocol cannot carry. librabbitmq would write a name's length modulo 256 and all its bytes,
    /// and fails on a large table after the first frame has left; either ruins the connection for everyone on it.
    func validate() throws {
        for (what, text) in [
            ("exchange", exchange), ("routing key", routingKey), ("message id", messageID ?? ""),
            ("type", type ?? ""),
        ]
        where text.utf8.count > 255 {
            throw refusal("expected a \(what) of at most 255 bytes, got \(text.utf8.count)")
        }
        if headers.isEmpty { return }
        var total = 0
        for (name, value) in headers {
            guard name.utf8.count <= 128 else {
                throw refusal("expected a header name of at most 128 bytes, got \(name.utf8.count)")
            }
            total += name.utf8.count + value.utf8.count
        }
        guard total <= 32_768 else { throw refusal("expected at most 32768 bytes of headers, got \(total)") }
    }

    private func refusal(_ text: String) -> AMQPError { AMQPError(.usage, text: text, during: "publish") }
}

/// What became of one published message.
package enum PublishOutcome: Sendable, Equatable {
    /// The broker has it in every queue it belongs to.
    case confirmed
    /// No queue is bound for it; the broker threw it away.
    case returned(code: Int, text: String)
    /// The broker could not take it.
    case nacked
    /// No confirm within the time-out: it may or may not be in a queue.
    case unconfirmed
}
