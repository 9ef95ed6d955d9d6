/// What happens to a connection, for those who have to act on it.
package enum ConnectionEvent: Sendable {
    /// The topology is declared; channels are being opened again.
    case connected
    /// An open connection ended; it is being made again.
    case lost(AMQPError)
    /// An attempt to connect failed; another follows.
    case connectFailed(AMQPError)
    /// The broker takes no messages (memory or disk alarm); acknowledgements still pass.
    case blocked(reason: String)
    case unblocked
}
