/// A glance at a pool, for metrics.
package struct PoolStatistics: Sendable, Hashable {
    /// Connections the pool may hold.
    package var size = 0
    /// Connections that callers have, those being opened included.
    package var inUse = 0
    /// Open connections that nobody has.
    package var idle = 0
    /// Callers waiting for a connection.
    package var waiting = 0
    /// Connections opened since the start.
    package var opened: UInt64 = 0
    /// Connections thrown away since the start: lost, or left in an unknown state.
    package var discarded: UInt64 = 0
    /// Times a connection was given out since the start.
    package var acquired: UInt64 = 0
    /// Times the wait for a connection ended with its time limit since the start.
    package var timedOut: UInt64 = 0
}
