@testable import JobEngine

/// What can happen next in a simulation.
enum SimulatedStep: CaseIterable {
    case mark, publish, confirm, deliver, claim, readBack, compare, begin, handOver, send, finish, rescue, findLostBatch
    case giveUpPublishing, killRelay, killWorker, freeze, thaw, bury, claimWithoutBroker, wipeBroker, cancel, fail

    static let work: [SimulatedStep] = [
        .mark, .publish, .confirm, .deliver, .claim, .readBack, .compare, .begin, .handOver, .send, .finish, .rescue,
        .findLostBatch,
    ]
    static let trouble = allCases.filter { !work.contains($0) }
}

extension SimulatedWorld {
    /// Takes a step of somebody chosen at random; nothing happens when he has nothing to do.
    mutating func take(_ step: SimulatedStep) throws {
        let relay = Int.random(in: relays.indices, using: &random)
        let worker = Int.random(in: workers.indices, using: &random)
        switch step {
        case .mark: try mark(relay)
        case .publish: publish(relay)
        case .confirm: confirm(relay)
        case .giveUpPublishing: try giveUpPublishing(relay)
        case .killRelay: relays[relay] = Relay(number: ledger.fresh())
        case .findLostBatch: try findLostBatch()
        case .wipeBroker: messages = []
        case .cancel:
            if oneIn(3), let job = any(ledger.jobs.indices) { try ledger.cancel(job) }
        case .rescue:
            if ledger.holds(.deathIsNoticed), let process = dead.popLast() { try ledger.rescue(process) }
        case .killWorker:
            requeue(worker)
            dead.append(workers[worker].process)
            workers[worker] = Worker(process: ledger.fresh())
        case .freeze: workers[worker].isFrozen = true
        case .thaw: thaw(worker)
        case .bury:
            // Taken for dead because it did not beat: the broker's heartbeat has lost it as well.
            guard workers[worker].isFrozen else { return }
            requeue(worker)
            workers[worker].isBuried = true
            dead.append(workers[worker].process)
        case .deliver, .claim, .claimWithoutBroker, .readBack, .compare, .begin, .handOver, .send, .finish, .fail:
            if !workers[worker].isFrozen { try work(step, worker) }
        }
    }

    /// A process that comes back and was buried meanwhile takes a new number; what it runs, it runs on.
    mutating func thaw(_ worker: Int) {
        workers[worker].isFrozen = false
        guard workers[worker].isBuried else { return }
        workers[worker].isBuried = false
        workers[worker].process = ledger.fresh()
    }

    mutating func requeue(_ worker: Int) {
        for index in messages.indices where messages[index].holder == worker { messages[index].holder = nil }
    }

    // MARK: - Relays

    private mutating func mark(_ relay: Int) throws {
        let pending = ledger.jobs.indices.filter { ledger.jobs[$0].state == .pending }.shuffled(using: &random)
        let marked = Array(pending.prefix(3))
        guard !marked.isEmpty else { return }
        let batch = try ledger.mark(marked, relay: relays[relay].number)
        relays[relay].marked.append((batch, marked))
    }

    private mutating func publish(_ relay: Int) {
        guard let (batch, jobs) = relays[relay].marked.popLast() else { return }
        relays[relay].published.append(batch)
        messages += jobs.map { Message(job: $0, batch: batch) }
    }

    private mutating func confirm(_ relay: Int) {
        if let batch = relays[relay].published.popLast() { ledger.confirm(batch) }
    }

    /// The connection is lost after a part of the batch, or the confirm does not come in time.
    private mutating func giveUpPublishing(_ relay: Int) throws {
        if let (batch, jobs) = relays[relay].marked.popLast() {
            messages += jobs.dropLast().map { Message(job: $0, batch: batch) }
            try ledger.takeBack(batch, "take back")
        } else if let batch = relays[relay].published.popLast() {
            try ledger.takeBack(batch, "take back")
        }
    }

    /// A batch whose relay is gone, or one that somebody thinks was lost, rightly or not.
    private mutating func findLostBatch() throws {
        guard ledger.holds(.lostBatchesComeBack) else { return }
        let living = Set(relays.map(\.number))
        if let orphan = ledger.unconfirmed.filter({ !living.contains($0.value) }).keys.min() {
            try ledger.takeBack(orphan, "batch lost")
        } else if oneIn(4), let batch = ledger.jobs.compactMap(\.batch).randomElement(using: &random) {
            try ledger.takeBack(batch, "batch overlooked")
        }
    }
}
