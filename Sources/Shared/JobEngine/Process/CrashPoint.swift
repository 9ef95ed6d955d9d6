import Foundation

/// The steps of a job's life at which a death is hardest to survive, because one side knows of what was done and the
/// other does not. A debug build kills itself at the first pass of the one that `CRASH_AT` names, so that tests meet each
/// exactly and not by luck; a release build has none of this.
package enum CrashPoint: String, Sendable {
    /// A batch is marked and nothing of it published.
    case batchMarked = "batch-marked"
    /// The broker has confirmed a batch, the ledger does not know.
    case batchPublished = "batch-published"
    /// A claim is committed, its answer not read.
    case jobsClaimed = "jobs-claimed"
    /// The mail server has accepted a mail, nobody was told.
    case mailAccepted = "mail-accepted"
    /// Handlers have returned, their ends are not written.
    case endsKnown = "ends-known"
    /// Ends are committed, the answer not read.
    case endsWritten = "ends-written"

    #if DEBUG
    private static let chosen = ProcessInfo.processInfo.environment["CRASH_AT"].flatMap(CrashPoint.init)
    #endif

    /// Dies here if this point was chosen: with SIGKILL, so that nothing is tidied up.
    package func pass() {
        #if DEBUG
        if Self.chosen == self { kill(getpid(), SIGKILL) }
        #endif
    }
}
