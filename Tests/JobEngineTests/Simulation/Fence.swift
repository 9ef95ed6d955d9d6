/// Rules of the ledger without which a job is lost or carried out twice. The simulation takes them out one at a time,
/// to show that it would notice.
enum Fence: CaseIterable {
    /// An end whose claim is gone commits none of the handler's writes.
    case writesEndWithTheClaim
    /// The mark "handed over" is refused to an attempt whose claim is gone.
    case handoverNeedsTheClaim
    /// An attempt that finds "handed over" does not send.
    case handoverIsRemembered
    /// What was dispatched and never arrived is dispatched again.
    case lostBatchesComeBack
    /// A claim whose answer was lost is read back, or given back by the next comparison with the ledger.
    case unansweredClaimsAreRead
    /// The running jobs of a dead process are given back.
    case deathIsNoticed
}
