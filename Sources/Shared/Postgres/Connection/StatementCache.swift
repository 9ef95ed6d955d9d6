/// The statements prepared on one connection, least recently used first out.
struct StatementCache {
    /// Parameter types are part of it: the same text may be bound with other types.
    struct Key: Hashable {
        var text: String
        var types: [UInt32]
    }

    private struct Entry {
        var name: String
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The name under which the server knows the statement.
    mutating func name(for key: Key) -> String? {
        uses += 1
        // Through the index: a statement on the hot path is hashed once.
        guard let index = entries.index(forKey: key) else { return nil }
        entries.values[index].lastUse = uses
        return entries.values[index].name
    }

    mutating func newName() -> String {
        names += 1
        return "s\(names)"
    }

    mutating func insert(_ key: Key, name: String) {
        uses += 1
        entries[key] = Entry(name: name, lastUse: uses)
    }

    mutating func remove(_ key: Key) {
        entries[key] = nil
    }

    /// Takes out what exceeds the capacity; the caller deallocates it on the server.
    mutating func evict() -> [String] {
        var evicted: [String] = []
        while entries.count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
            evicted.append(oldest.value.name)
        }
        return evicted
    }
}
