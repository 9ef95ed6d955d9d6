import CRabbitMQ

extension ClientMethod {
    /// Writes the method; returns librabbitmq's status. The structs' text lives in `arena` until it is reset.
    func send(_ connection: amqp_connection_state_t, _ channel: UInt16, _ arena: Arena) -> Int32 {
        func write<T>(_ id: amqp_method_number_t, _ fields: T) -> Int32 {
            var fields = fields
            return withUnsafeMutablePointer(to: &fields) { amqp_send_method(connection, channel, id, $0) }
        }
        switch self {
        case .channelOpen: return write(AMQP_CHANNEL_OPEN_METHOD, amqp_channel_open_t())
        case .channelClose:
            return write(
                AMQP_CHANNEL_CLOSE_METHOD,
                amqp_channel_close_t(reply_code: 200, reply_text: arena.bytes("done"), class_id: 0, method_id: 0)
            )
        case .channelCloseOK: return write(AMQP_CHANNEL_CLOSE_OK_METHOD, amqp_channel_close_ok_t())
        case .channelFlowOK(let active):
            return write(AMQP_CHANNEL_FLOW_OK_METHOD, amqp_channel_flow_ok_t(active: active ? 1 : 0))
        case .connectionClose:
            return write(
                AMQP_CONNECTION_CLOSE_METHOD,
                amqp_connection_close_t(reply_code: 200, reply_text: arena.bytes("done"), class_id: 0, method_id: 0)
            )
        case .connectionCloseOK: return write(AMQP_CONNECTION_CLOSE_OK_METHOD, amqp_connection_close_ok_t())
        case .exchangeDeclare(let exchange):
            var fields = amqp_exchange_declare_t()
            fields.exchange = arena.bytes(exchange.name)
            fields.type = arena.bytes("direct")
            fields.durable = 1
            return write(AMQP_EXCHANGE_DECLARE_METHOD, fields)
        case .queueDeclare(let queue):
            var fields = amqp_queue_declare_t()
            fields.queue = arena.bytes(queue.name)
            fields.durable = queue.durable ? 1 : 0
            fields.arguments = arena.table(queue.arguments.map { ($0.key, $0.value) })
            return write(AMQP_QUEUE_DECLARE_METHOD, fields)
        case .queueInspect(let queue):
            var fields = amqp_queue_declare_t()
            fields.queue = arena.bytes(queue)
            fields.passive = 1
            return write(AMQP_QUEUE_DECLARE_METHOD, fields)
        case .queueBind(let binding):
            var fields = amqp_queue_bind_t()
            fields.queue = arena.bytes(binding.queue)
            fields.exchange = arena.bytes(binding.exchange)
            fields.routing_key = arena.bytes(binding.routingKey)
            return write(AMQP_QUEUE_BIND_METHOD, fields)
        case .queuePurge(let queue):
            var fields = amqp_queue_purge_t()
            fields.queue = arena.bytes(queue)
            return write(AMQP_QUEUE_PURGE_METHOD, fields)
        case .queueDelete(let queue):
            var fields = amqp_queue_delete_t()
            fields.queue = arena.bytes(queue)
            return write(AMQP_QUEUE_DELETE_METHOD, fields)
        case .qos(let prefetch):
            // global false: the limit is the consumer's own, as quorum queues require.
            return write(
                AMQP_BASIC_QOS_METHOD,
                amqp_basic_qos_t(prefetch_size: 0, prefetch_count: UInt16(clamping: prefetch), global: 0)
            )
        case .consume(let queue, let consumerTag):
            var fields = amqp_basic_consume_t()
            fields.queue = arena.bytes(queue)
            fields.consumer_tag = arena.bytes(consumerTag)
            return write(AMQP_BASIC_CONSUME_METHOD, fields)
        case .cancel(let consumerTag):
            return write(
                AMQP_BASIC_CANCEL_METHOD,
                amqp_basic_cancel_t(consumer_tag: arena.bytes(consumerTag), nowait: 0)
            )
        case .confirmSelect: return write(AMQP_CONFIRM_SELECT_METHOD, amqp_confirm_select_t(nowait: 0))
        case .ack(let tag, let multiple):
            return write(AMQP_BASIC_ACK_METHOD, amqp_basic_ack_t(delivery_tag: tag, multiple: multiple ? 1 : 0))
        case .nack(let tag, let multiple, let requeue):
            return write(
                AMQP_BASIC_NACK_METHOD,
                amqp_basic_nack_t(delivery_tag: tag, multiple: multiple ? 1 : 0, requeue: requeue ? 1 : 0)
            )
        }
    }
}
