import CRabbitMQ

extension ServerFrame {
    /// `nil` for a frame type that does not exist.
    init?(_ frame: amqp_frame_t) {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD:
            self = .method(channel: frame.channel, ServerMethod(frame.payload.method))
        case AMQP_FRAME_HEADER:
            let properties = frame.payload.properties
            self = .header(
                channel: frame.channel,
                bodySize: properties.body_size,
                properties.class_id == UInt16(AMQP_BASIC_CLASS) ? MessageProperties(properties.decoded) : .init()
            )
        case AMQP_FRAME_BODY:
            self = .body(channel: frame.channel, Array(UnsafeRawBufferPointer(frame.payload.body_fragment)))
        default:
            return nil
        }
    }
}

extension ServerMethod {
    /// `decoded` points to the struct that belongs to the method's number; librabbitmq has checked its length.
    init(_ method: amqp_method_t) {
        guard let decoded = method.decoded else {
            self = .unexpected(method.id)
            return
        }
        func load<T>(_: T.Type) -> T { decoded.load(as: T.self) }

        switch method.id {
        case AMQP_BASIC_DELIVER_METHOD:
            let deliver = load(amqp_basic_deliver_t.self)
            self = .deliver(tag: deliver.delivery_tag, redelivered: deliver.redelivered != 0)
        case AMQP_BASIC_ACK_METHOD:
            let ack = load(amqp_basic_ack_t.self)
            self = .ack(tag: ack.delivery_tag, multiple: ack.multiple != 0)
        case AMQP_BASIC_NACK_METHOD:
            let nack = load(amqp_basic_nack_t.self)
            self = .nack(tag: nack.delivery_tag, multiple: nack.multiple != 0)
        case AMQP_BASIC_RETURN_METHOD:
            let returned = load(amqp_basic_return_t.self)
            self = .returned(code: Int(returned.reply_code), text: String(returned.reply_text))
        case AMQP_BASIC_CANCEL_METHOD: self = .cancel
        case AMQP_BASIC_CANCEL_OK_METHOD: self = .cancelOK
        case AMQP_BASIC_CONSUME_OK_METHOD: self = .consumeOK
        case AMQP_BASIC_QOS_OK_METHOD: self = .qosOK
        case AMQP_CONFIRM_SELECT_OK_METHOD: self = .confirmSelectOK
        case AMQP_CHANNEL_OPEN_OK_METHOD: self = .channelOpenOK
        case AMQP_CHANNEL_CLOSE_OK_METHOD: self = .channelCloseOK
        case AMQP_CHANNEL_CLOSE_METHOD:
            let close = load(amqp_channel_close_t.self)
            self = .channelClose(code: Int(close.reply_code), text: String(close.reply_text))
        case AMQP_CHANNEL_FLOW_METHOD:
            self = .channelFlow(active: load(amqp_channel_flow_t.self).active != 0)
        case AMQP_CONNECTION_CLOSE_METHOD:
            let close = load(amqp_connection_close_t.self)
            self = .connectionClose(code: Int(close.reply_code), text: String(close.reply_text))
        case AMQP_CONNECTION_CLOSE_OK_METHOD: self = .connectionCloseOK
        case AMQP_CONNECTION_BLOCKED_METHOD:
            self = .blocked(reason: String(load(amqp_connection_blocked_t.self).reason))
        case AMQP_CONNECTION_UNBLOCKED_METHOD: self = .unblocked
        case AMQP_EXCHANGE_DECLARE_OK_METHOD: self = .exchangeDeclareOK
        case AMQP_QUEUE_BIND_OK_METHOD: self = .queueBindOK
        case AMQP_QUEUE_DECLARE_OK_METHOD:
            let declared = load(amqp_queue_declare_ok_t.self)
            self = .queueDeclareOK(messages: Int(declared.message_count), consumers: Int(declared.consumer_count))
        case AMQP_QUEUE_PURGE_OK_METHOD:
            self = .queuePurgeOK(messages: Int(load(amqp_queue_purge_ok_t.self).message_count))
        case AMQP_QUEUE_DELETE_OK_METHOD:
            self = .queueDeleteOK(messages: Int(load(amqp_queue_delete_ok_t.self).message_count))
        default: self = .unexpected(method.id)
        }
    }
}

extension MessageProperties {
    init(_ decoded: UnsafeMutableRawPointer?) {
        guard let decoded else { return }
        let basic = decoded.load(as: amqp_basic_properties_t.self)
        func has(_ flag: Int32) -> Bool { basic._flags & UInt32(flag) != 0 }
        if has(AMQP_BASIC_MESSAGE_ID_FLAG) { messageID = String(basic.message_id) }
        if has(AMQP_BASIC_TYPE_FLAG) { type = String(basic.type) }
        if has(AMQP_BASIC_CORRELATION_ID_FLAG) { correlationID = String(basic.correlation_id) }
        guard has(AMQP_BASIC_HEADERS_FLAG), basic.headers.entries != nil else { return }
        for index in 0..<max(0, Int(basic.headers.num_entries)) {
            let entry = basic.headers.entries[index]
            headers[String(entry.key)] = entry.value.text
        }
    }
}

extension amqp_field_value_t {
    fileprivate var text: String? {
        switch UInt32(kind) {
        case AMQP_FIELD_KIND_UTF8.rawValue, AMQP_FIELD_KIND_BYTES.rawValue: String(value.bytes)
        case AMQP_FIELD_KIND_I64.rawValue: "\(value.i64)"
        case AMQP_FIELD_KIND_I32.rawValue: "\(value.i32)"
        case AMQP_FIELD_KIND_I16.rawValue: "\(value.i16)"
        default: nil
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate init(_ bytes: amqp_bytes_t) {
        self.init(start: bytes.bytes, count: bytes.bytes == nil ? 0 : bytes.len)
    }
}

extension String {
    /// Bytes that are not UTF-8 are replaced, never trusted.
    init(_ bytes: amqp_bytes_t) {
        self.init(decoding: UnsafeRawBufferPointer(bytes), as: UTF8.self)
    }
}
