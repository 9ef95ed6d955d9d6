/// What we send besides messages. One case per method, so that librabbitmq's structs stay in one file.
enum ClientMethod {
    case channelOpen
    case channelClose
    case channelCloseOK
    case channelFlowOK(active: Bool)
    case connectionClose
    case connectionCloseOK
    case exchangeDeclare(Topology.Exchange)
    case queueDeclare(Topology.Queue)
    /// Asks whether the queue exists and how much is in it; a missing one closes the channel with 404.
    case queueInspect(String)
    case queueBind(Topology.Binding)
    case queuePurge(String)
    case queueDelete(String)
    case qos(prefetch: Int)
    case consume(queue: String, consumerTag: String)
    case cancel(consumerTag: String)
    case confirmSelect
    case ack(tag: UInt64, multiple: Bool)
    case nack(tag: UInt64, multiple: Bool, requeue: Bool)
}
