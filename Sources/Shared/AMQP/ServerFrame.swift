/// What the broker sent, copied out of librabbitmq's memory.
enum ServerFrame {
    case method(channel: UInt16, ServerMethod)
    /// Opens the content announced by the channel's last `deliver` or `returned`.
    case header(channel: UInt16, bodySize: UInt64, MessageProperties)
    case body(channel: UInt16, [UInt8])
}

/// The methods a broker may send after the login. Whatever else comes is `unexpected` and ends the connection.
enum ServerMethod {
    case connectionClose(code: Int, text: String)
    case connectionCloseOK
    case blocked(reason: String)
    case unblocked
    case channelOpenOK
    case channelFlow(active: Bool)
    case channelClose(code: Int, text: String)
    case channelCloseOK
    case exchangeDeclareOK
    case queueDeclareOK(messages: Int, consumers: Int)
    case queueBindOK
    case queuePurgeOK(messages: Int)
    case queueDeleteOK(messages: Int)
    case qosOK
    case consumeOK
    /// The broker ended the consumer: its queue is gone.
    case cancel
    case cancelOK
    case confirmSelectOK
    case deliver(tag: UInt64, redelivered: Bool)
    case returned(code: Int, text: String)
    case ack(tag: UInt64, multiple: Bool)
    case nack(tag: UInt64, multiple: Bool)
    case unexpected(UInt32)
}

/// The properties of a message that Relais uses.
struct MessageProperties {
    var messageID: String?
    var type: String?
    var correlationID: String?
    var headers: [String: String] = [:]
}
