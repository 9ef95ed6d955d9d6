import Foundation
import Logging
import Postgres

/// Writes the ends of attempts in batches: whatever has gathered while the last batch was being written goes into the
/// next one, without waiting for it to fill.
actor Finisher {
    private struct Waiting<Item: Sendable> {
        let item: Item
        let answer: CheckedContinuation<Bool, Never>
    }

    /// An end, and what takes its place when the database refuses it.
    private struct Proposal: Sendable {
        let ending: Ending
        let refused: @Sendable (Ending, any Error) -> Verdict
    }

    /// Ends written by one statement.
    private static let batchSize = 1000

    private let ledger: Ledger
    private let persistence: Persistence
    private let logger: Logger
    private var endings: [Waiting<Proposal>] = []
    private var returns: [Waiting<Return>] = []
    private var isWriting = false
    /// Claims of the batch being written that the ledger no longer knew.
    private var lost: Set<UUID> = []
    /// Claims of the batch being written that an earlier try may have given back before its answer was lost.
    private var unanswered: Set<UUID> = []

    init(ledger: Ledger, logger: Logger) {
        self.ledger = ledger
        self.persistence = Persistence(logger: logger)
        self.logger = logger
    }

    /// Records what the verdict says and returns once it is committed, or known to be no longer ours to record: false.
    /// `refused` says what takes the place of an end that the database refuses, in words that it takes.
    @discardableResult
    func record(_ verdict: Verdict, refused: @escaping @Sendable (Ending, any Error) -> Verdict) async -> Bool {
        switch verdict {
        case .committed:
            return true
        case .nothing:
            return false
        case .end(let ending):
            return await withCheckedContinuation { answer in
                endings.append(Waiting(item: Proposal(ending: ending, refused: refused), answer: answer))
                writeIfIdle()
            }
        case .giveBack(let giveBack):
            return await withCheckedContinuation { answer in
                returns.append(Waiting(item: giveBack, answer: answer))
                writeIfIdle()
            }
        }
    }

    private func writeIfIdle() {
        guard !isWriting else { return }
        isWriting = true
        // Unstructured on purpose: the result of a finished job is written even while everything else is cancelled.
        Task { await self.write() }
    }

    private func write() async {
        while !endings.isEmpty || !returns.isEmpty {
            let ends = Array(endings.prefix(Self.batchSize))
            endings.removeFirst(ends.count)
            let backs = Array(returns.prefix(Self.batchSize))
            returns.removeFirst(backs.count)
            if !ends.isEmpty {
                await writeHalving(ends.map(\.item)) {
                    try await self.end($0.map(\.ending))
                } refused: {
                    await self.fail($0, $1)
                }
                ends.forEach { $0.answer.resume(returning: lost.remove($0.item.ending.claim) == nil) }
            }
            if !backs.isEmpty {
                await writeHalving(backs.map(\.item)) {
                    try await self.giveBack($0)
                } refused: { item, error in
                    self.logger.error(
                        "A job cannot be given back; it waits for the rescue",
                        metadata: [LogKey.jobID: "\(item.id)", LogKey.error: "\(error)"]
                    )
                }
                backs.forEach { $0.answer.resume(returning: lost.remove($0.item.claim) == nil) }
                unanswered = []
            }
        }
        isWriting = false
    }

    /// Records endings, and reads back those that an earlier try may have written before its answer was lost.
    private func end(_ items: [Ending]) async throws {
        CrashPoint.endsKnown.pass()
        let ended = try await ledger.end(items)
        CrashPoint.endsWritten.pass()
        let missing = items.filter { !ended.contains($0.id) }
        guard !missing.isEmpty else { return }
        let before = try await ledger.alreadyEnded(missing)
        for item in missing where !before.contains(item.id) {
            lost.insert(item.claim)
            logger.warning(
                "A job ended after its claim was lost; its end is not recorded",
                metadata: [LogKey.jobID: "\(item.id)", LogKey.state: "\(item.state.rawValue)"]
            )
        }
    }

    /// A job that is given back has no claim any more by which it could be found: when an answer was lost, it is taken
    /// for given back.
    private func giveBack(_ items: [Return]) async throws {
        let returned: Set<JobID>
        do {
            returned = try await ledger.giveBack(items)
        } catch {
            unanswered.formUnion(items.map(\.claim))
            throw error
        }
        for item in items where !returned.contains(item.id) && !unanswered.contains(item.claim) {
            lost.insert(item.claim)
        }
    }

    private func fail(_ proposal: Proposal, _ error: any Error) async {
        do {
            try await persistence.untilDone("record a refused end") {
                switch proposal.refused(proposal.ending, error) {
                case .end(let ending): try await self.end([ending])
                case .giveBack(let back): _ = try await self.ledger.giveBack([back])
                case .committed, .nothing: break
                }
            }
        } catch {
            logger.error(
                "The end of a job cannot be recorded",
                metadata: [LogKey.jobID: "\(proposal.ending.id)", LogKey.error: "\(error)"]
            )
        }
    }

    /// Writes a batch, waiting as long as the database is away. A batch with an item that the database refuses is
    /// halved until that item stands alone, so that the others are written.
    private func writeHalving<Item: Sendable>(
        _ items: [Item],
        _ write: @Sendable ([Item]) async throws -> Void,
        refused: @Sendable (Item, any Error) async -> Void
    ) async {
        do {
            try await persistence.untilDone("record the ends of jobs") { try await write(items) }
        } catch {
            guard items.count > 1 else {
                for item in items { await refused(item, error) }
                return
            }
            let middle = items.count / 2
            await writeHalving(Array(items[..<middle]), write, refused: refused)
            await writeHalving(Array(items[middle...]), write, refused: refused)
        }
    }
}
