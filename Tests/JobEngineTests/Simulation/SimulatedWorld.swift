import TestSupport

@testable import JobEngine

/// Relays, a broker, workers and chores over one simulated ledger. Every step is what one of them does between two
/// commits, so that any interleaving of processes, and a death at any point, is a sequence of steps.
struct SimulatedWorld {
    struct Message {
        let job: Int
        let batch: Int
        /// The worker it is delivered to and not yet acknowledged by.
        var holder: Int?
    }

    struct Relay {
        let number: Int
        var marked: [(batch: Int, jobs: [Int])] = []
        var published: [Int] = []
    }

    struct Worker {
        enum Phase { case claimed, begun, handedOver, sent, unknown }
        struct Run {
            let job: Int
            let claim: Int
            var phase = Phase.claimed
        }
        var process: Int
        var isFrozen = false
        /// Whether it was taken for dead while it stood still.
        var isBuried = false
        var runs: [Run] = []
        /// Claims whose answer was lost.
        var unanswered: [(job: Int, claim: Int)] = []
    }

    var random: SplitMix
    var ledger: SimulatedLedger
    var messages: [Message] = []
    var relays: [Relay] = []
    var workers: [Worker] = []
    /// Processes that died or did not beat, and whose jobs are still to be given back.
    var dead: [Int] = []

    init(seed: UInt64, without missing: Fence?) {
        random = SplitMix(seed: seed)
        ledger = SimulatedLedger(without: missing)
        relays = (1...2).map { _ in Relay(number: ledger.fresh()) }
        workers = (1...3).map { _ in Worker(process: ledger.fresh()) }
    }

    mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    mutating func any(_ range: Range<Int>) -> Int? {
        range.isEmpty ? nil : Int.random(in: range, using: &random)
    }

    // MARK: - A simulation

    /// Steps at random, then as many without new trouble as it takes to finish. Returns the steps taken.
    ///
    /// - Throws: ``SimulatedLedger/Fault``.
    mutating func run(jobs: Int, steps: Int) throws -> Int {
        let all = SimulatedStep.work + SimulatedStep.work + SimulatedStep.trouble
        for _ in 0..<steps {
            if ledger.jobs.count < jobs, oneIn(4) { ledger.enqueue() }
            try take(all[Int.random(in: all.indices, using: &random)])
            try ledger.check()
        }
        for index in workers.indices { thaw(index) }
        var taken = steps
        while let unfinished = ledger.jobs.firstIndex(where: { !$0.state.isFinished }) {
            for _ in 0..<100 {
                try take(SimulatedStep.work[Int.random(in: SimulatedStep.work.indices, using: &random)])
            }
            try ledger.check()
            taken += 100
            if taken > steps + 20_000 { throw SimulatedLedger.Fault.lost(unfinished, ledger.jobs[unfinished].state) }
        }
        return taken
    }
}
