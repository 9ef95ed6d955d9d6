import Foundation
import Logging
import Postgres

/// Compares what the ledger says runs in this process with what does, every 10 s, and gives back the rest uncharged:
/// claims whose answer was lost and never read back would otherwise wait for the death of this process.
struct LedgerComparison: Sendable {
    let ledger: Ledger
    let presence: ProcessPresence
    let running: RunningJobs
    let logger: Logger

    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(10))
            guard !Task.isCancelled else { return }
            do {
                try await compare()
            } catch {
                logger.debug("The comparison with the ledger was missed", metadata: [LogKey.error: "\(error)"])
            }
        }
    }

    private func compare() async throws {
        let process = try await presence.number()
        let rows = try await ledger.relaxed.query(ProcessSQL.running(in: process))
        let here = running.claims
        let forgotten = try rows.compactMap { row -> Return? in
            let claim = try row.decode("claim", as: UUID.self)
            guard !here.contains(claim) else { return nil }
            return Return(id: JobID(try row.decode("id")), claim: claim, charge: .nothing)
        }
        guard !forgotten.isEmpty else { return }
        let returned = try await ledger.giveBack(forgotten)
        logger.warning(
            "The ledger said that jobs run here which do not; they were given back",
            metadata: [LogKey.count: "\(returned.count)"]
        )
    }
}
