import CRabbitMQ

/// Memory for the strings and tables of one call into librabbitmq, freed together afterwards.
final class Arena {
    private let pool: UnsafeMutablePointer<amqp_pool_t>

    init() {
        pool = .allocate(capacity: 1)
        init_amqp_pool(pool, 4_096)
    }

    deinit {
        empty_amqp_pool(pool)
        pool.deallocate()
    }

    /// Everything handed out before becomes invalid.
    func reset() { recycle_amqp_pool(pool) }

    func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    func table(_ entries: [(String, AMQPValue)]) -> amqp_table_t {
        guard !entries.isEmpty else { return amqp_table_t() }
        let size = entries.count * MemoryLayout<amqp_table_entry_t>.stride
        guard let raw = amqp_pool_alloc(pool, size) else { return amqp_table_t() }
        let first = raw.bindMemory(to: amqp_table_entry_t.self, capacity: entries.count)
        for (offset, entry) in entries.enumerated() {
            (first + offset).initialize(to: amqp_table_entry_t(key: bytes(entry.0), value: field(entry.1)))
        }
        return amqp_table_t(num_entries: Int32(entries.count), entries: first)
    }

    private func field(_ value: AMQPValue) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        switch value {
        case .string(let text):
            field.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
            field.value.bytes = bytes(text)
        case .integer(let number):
            field.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
            field.value.i64 = number
        case .boolean(let flag):
            field.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
            field.value.boolean = flag ? 1 : 0
        }
        return field
    }

    /// A table with one table inside it, such as the capabilities announced at login.
    func table(_ entries: [(String, AMQPValue)], inner name: String, _ inner: [(String, AMQPValue)]) -> amqp_table_t {
        let outer = table(entries + [(name, .boolean(true))])
        guard outer.num_entries > 0 else { return outer }
        let last = outer.entries + Int(outer.num_entries) - 1
        last.pointee.value.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
        last.pointee.value.value.table = table(inner)
        return outer
    }

    private func copy(_ source: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard let base = source.baseAddress, !source.isEmpty, let target = amqp_pool_alloc(pool, source.count) else {
            return amqp_bytes_t()
        }
        target.copyMemory(from: base, byteCount: source.count)
        return amqp_bytes_t(len: source.count, bytes: target)
    }
}
