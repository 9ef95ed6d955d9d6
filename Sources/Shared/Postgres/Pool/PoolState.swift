import DequeModule

/// Who has which connection, and who waits: decisions only, made under the pool's lock and carried out outside it.
/// Generic over the connection, so that its tests need no server.
struct PoolState<Connection: AnyObject & Sendable>: Sendable {
    /// What a caller gets, at once or when its turn comes.
    enum Grant: Sendable {
        /// This connection.
        case connection(Connection)
        /// The place for one more connection, which the caller opens.
        case place
    }

    /// What is to be done for a caller that asks.
    enum Answer: Sendable {
        case grant(Grant)
        case wait
        case closed
    }

    private let size: Int
    // The one used last is given out first, so that a quiet pool's statements stay prepared where they are needed.
    private var idle: [Connection] = []
    private var leased: [ObjectIdentifier: Connection] = [:]
    private var opening = 0
    private var waiting: Deque<(id: UInt64, deadline: ContinuousClock.Instant)> = []
    private(set) var isClosed = false

    init(size: Int) {
        self.size = max(1, size)
    }

    var inUse: Int { leased.count + opening }
    var idleCount: Int { idle.count }
    var waitingCount: Int { waiting.count }
    var capacity: Int { size }
    var isDrained: Bool { inUse == 0 }

    // MARK: - Taking

    mutating func acquire(_ id: UInt64, until deadline: ContinuousClock.Instant) -> Answer {
        if isClosed { return .closed }
        if let grant = waiting.isEmpty ? takeFree() : nil { return .grant(grant) }
        waiting.append((id, deadline))
        return .wait
    }

    private mutating func takeFree() -> Grant? {
        if let connection = idle.popLast() {
            leased[ObjectIdentifier(connection)] = connection
            return .connection(connection)
        }
        guard inUse < size else { return nil }
        opening += 1
        return .place
    }

    /// A waiter gave up. False when its turn had come already: then it has a grant.
    mutating func abandon(_ id: UInt64) -> Bool {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return false }
        waiting.remove(at: index)
        return true
    }

    /// Takes out the waiters whose time is up. All wait equally long, so they are at the front.
    mutating func expire(at now: ContinuousClock.Instant) -> [UInt64] {
        var expired: [UInt64] = []
        while let first = waiting.first, first.deadline <= now {
            waiting.removeFirst()
            expired.append(first.id)
        }
        return expired
    }

    var nextDeadline: ContinuousClock.Instant? { waiting.first?.deadline }

    // MARK: - Giving back

    /// The caller that got `.place` has opened its connection. False when the pool was closed meanwhile.
    mutating func opened(_ connection: Connection) -> Bool {
        opening -= 1
        guard !isClosed else { return false }
        leased[ObjectIdentifier(connection)] = connection
        return true
    }

    /// The caller that got `.place` could not open one, or does not want to. Returns who is next, to try in his turn.
    mutating func gaveUpPlace() -> (UInt64, Grant)? {
        opening -= 1
        return next()
    }

    /// A connection comes back. `false` for `keep` when it is not to be used again, or the pool is closed.
    mutating func release(_ connection: Connection, reusable: Bool) -> (keep: Bool, next: (UInt64, Grant)?) {
        leased[ObjectIdentifier(connection)] = nil
        let keep = reusable && !isClosed
        if keep { idle.append(connection) }
        return (keep, next())
    }

    private mutating func next() -> (UInt64, Grant)? {
        guard !isClosed, let first = waiting.first, let grant = takeFree() else { return nil }
        waiting.removeFirst()
        return (first.id, grant)
    }

    // MARK: - Closing

    /// Nobody gets a connection any more. Returns the idle ones and those who waited.
    mutating func close() -> (idle: [Connection], waiting: [UInt64]) {
        isClosed = true
        defer { (idle, waiting) = ([], []) }
        return (idle, waiting.map(\.id))
    }

    /// Those still out after closing.
    var outstanding: [Connection] { Array(leased.values) }
}
