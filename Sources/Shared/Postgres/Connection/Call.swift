/// One use of a connection, from taking it to giving it back.
struct Call: Sendable {
    /// Names it in errors.
    var operation: String
    /// How long it may take, waiting for its turn included.
    var limit: Duration?
    /// Runs although the task is cancelled: what ends a transaction must reach the server.
    var isShielded = false
    /// When the limit passes the connection is dropped rather than the statement cancelled: a COMMIT that is
    /// cancelled while it waits for a standby reports success without being safe.
    var dropsWhenLate = false
    /// The statement commits by itself or is a COMMIT, so losing the connection leaves its outcome unknown.
    var mayCommit = true
}

/// Why a running call is to end early.
enum Interruption: Equatable {
    case cancelled
    case timedOut(after: Duration, operation: String)

    var error: any Error {
        switch self {
        case .cancelled: CancellationError()
        case .timedOut(let limit, let operation): PostgresError.timeout(after: limit, operation: operation)
        }
    }
}

/// The call that has the connection now.
struct RunningCall {
    let id: UInt64
    let call: Call
    var interruption: Interruption?
    /// How often the server was asked to cancel.
    var requests = 0
    /// When it is interrupted next: at its limit, or at the end of the time given to the server to obey.
    var deadline: ContinuousClock.Instant?
}
