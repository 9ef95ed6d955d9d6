import Synchronization

/// What the pool needs to know about a connection without a visit to its queue.
final class ConnectionHealth: Sendable {
    enum State: UInt8 {
        /// Idle and outside a transaction: it may be given to the next caller.
        case ready
        /// A statement or a stream is under way.
        case busy
        /// Idle inside a transaction that somebody began.
        case inTransaction
        /// Lost or closed; final.
        case broken
    }

    private let value = Atomic(State.ready.rawValue)

    var state: State {
        get { State(rawValue: value.load(ordering: .acquiring)) ?? .broken }
        set { value.store(newValue.rawValue, ordering: .releasing) }
    }
}
