@testable import JobEngine

extension SimulatedWorld {
    /// What a worker does that is not frozen.
    mutating func work(_ step: SimulatedStep, _ worker: Int) throws {
        switch step {
        case .deliver:
            let waiting = messages.indices.filter { messages[$0].holder == nil }
            if let message = waiting.randomElement(using: &random) { messages[message].holder = worker }
        case .claim: try claim(worker)
        case .claimWithoutBroker:
            if let job = any(ledger.jobs.indices),
                let claim = try ledger.claim(job, batch: nil, process: workers[worker].process)
            {
                workers[worker].runs.append(.init(job: job, claim: claim))
            }
        case .readBack:
            guard ledger.holds(.unansweredClaimsAreRead), let lost = workers[worker].unanswered.popLast() else {
                return
            }
            if ledger.jobs[lost.job].claim == lost.claim {
                workers[worker].runs.append(.init(job: lost.job, claim: lost.claim))
            }
        case .compare: try compare(worker)
        case .begin, .handOver, .send, .finish, .fail:
            if let run = any(workers[worker].runs.indices) { try advance(step, worker, run) }
        default: break
        }
    }

    private mutating func claim(_ worker: Int) throws {
        guard let index = messages.firstIndex(where: { $0.holder == worker }) else { return }
        let message = messages[index]
        if let claim = try ledger.claim(message.job, batch: message.batch, process: workers[worker].process) {
            if oneIn(8) {
                workers[worker].unanswered.append((message.job, claim))
            } else {
                workers[worker].runs.append(.init(job: message.job, claim: claim))
            }
        }
        // Acknowledged after the claim; when the acknowledgement is lost, the broker delivers it again.
        if oneIn(8) { messages[index].holder = nil } else { messages.remove(at: index) }
    }

    /// What the ledger says runs here and does not is given back uncharged.
    private mutating func compare(_ worker: Int) throws {
        guard ledger.holds(.unansweredClaimsAreRead), workers[worker].unanswered.isEmpty else { return }
        let known = Set(workers[worker].runs.map(\.claim))
        for job in ledger.jobs.indices where ledger.jobs[job].process == workers[worker].process {
            guard let claim = ledger.jobs[job].claim, !known.contains(claim) else { continue }
            try ledger.giveBack(job, under: claim, "give back")
        }
    }

    private mutating func advance(_ step: SimulatedStep, _ worker: Int, _ index: Int) throws {
        let run = workers[worker].runs[index]
        switch (step, run.phase) {
        case (.begin, .claimed):
            // Read before the mark, in a statement of its own: another attempt may come in between.
            let mayBeSent = ledger.jobs[run.job].isHandedOver && ledger.holds(.handoverIsRemembered)
            workers[worker].runs[index].phase = mayBeSent ? .unknown : .begun
        case (.handOver, .begun):
            if ledger.handOver(run.job, under: run.claim) {
                workers[worker].runs[index].phase = .handedOver
            } else {
                workers[worker].runs.remove(at: index)
            }
        case (.send, .handedOver):
            ledger.send(run.job)
            workers[worker].runs[index].phase = .sent
        case (.finish, .sent), (.finish, .unknown):
            try ledger.done(run.job, under: run.claim)
            // An end whose answer was lost is written again, and finds itself.
            if !oneIn(8) { workers[worker].runs.remove(at: index) }
        case (.fail, .claimed), (.fail, .begun), (.fail, .handedOver):
            if run.phase == .handedOver { ledger.withdraw(run.job, under: run.claim) }
            let event = ["retry", "snooze", "give back", "outage"].randomElement(using: &random) ?? "retry"
            try ledger.giveBack(run.job, under: run.claim, event)
            workers[worker].runs.remove(at: index)
        default: break
        }
    }
}
