@testable import JobEngine

/// The rows of `relais.job`, their mail marks, and what became of them, moved by the table of transitions alone.
struct SimulatedLedger {
    struct Job {
        var state: JobState = .pending
        var batch: Int?
        var claim: Int?
        var process: Int?
        var isCancelAskedFor = false
        var isHandedOver = false
        /// Committed effects, and mails that left. More than one is what must not be.
        var effects = 0
        var mails = 0
    }

    private struct Step: Hashable {
        let from: JobState?
        let to: JobState
        let event: String
    }

    private static let table = Set(JobTransition.all.map { Step(from: $0.from, to: $0.to, event: $0.event) })

    private(set) var jobs: [Job] = []
    /// The relay that owns each batch of which the broker has confirmed nothing yet.
    private(set) var unconfirmed: [Int: Int] = [:]
    private(set) var walked: Set<String> = []
    private var last = 0
    private let missing: Fence?

    init(without missing: Fence?) {
        self.missing = missing
    }

    func holds(_ fence: Fence) -> Bool { missing != fence }

    /// A number that was never used before: for a batch, a claim or a process.
    mutating func fresh() -> Int {
        last += 1
        return last
    }

    private mutating func move(_ job: Int, to state: JobState, _ event: String) throws {
        let step = Step(from: jobs[job].state, to: state, event: event)
        guard Self.table.contains(step) else { throw Fault.notInTheTable("\(step)") }
        walked.insert(event)
        jobs[job].state = state
        if state != .dispatched { jobs[job].batch = nil }
        if state != .running { (jobs[job].claim, jobs[job].process) = (nil, nil) }
    }

    // MARK: - Caller

    mutating func enqueue() {
        walked.insert("enqueue")
        jobs.append(Job())
    }

    mutating func cancel(_ job: Int) throws {
        switch jobs[job].state {
        case .pending, .dispatched: try move(job, to: .cancelled, "cancel")
        case .running:
            try move(job, to: .running, "ask to cancel")
            jobs[job].isCancelAskedFor = true
        case .done, .obsolete, .dead, .cancelled: break
        }
    }

    // MARK: - Relay

    mutating func mark(_ marked: [Int], relay: Int) throws -> Int {
        let batch = fresh()
        for job in marked where jobs[job].state == .pending {
            try move(job, to: .dispatched, "mark")
            jobs[job].batch = batch
        }
        unconfirmed[batch] = relay
        return batch
    }

    mutating func confirm(_ batch: Int) {
        unconfirmed[batch] = nil
    }

    mutating func takeBack(_ batch: Int, _ event: String) throws {
        for job in jobs.indices where jobs[job].batch == batch { try move(job, to: .pending, event) }
        unconfirmed[batch] = nil
    }

    // MARK: - Worker

    /// nil: the message is stale.
    mutating func claim(_ job: Int, batch: Int?, process: Int) throws -> Int? {
        if let batch {
            guard jobs[job].batch == batch else { return nil }
            try move(job, to: .running, "claim")
        } else {
            guard [.pending, .dispatched].contains(jobs[job].state) else { return nil }
            try move(job, to: .running, "claim without the broker")
            jobs[job].batch = nil
        }
        jobs[job].process = process
        jobs[job].claim = fresh()
        return jobs[job].claim
    }

    /// False: refused, and the attempt sends nothing.
    mutating func handOver(_ job: Int, under claim: Int) -> Bool {
        guard jobs[job].claim == claim || !holds(.handoverNeedsTheClaim) else { return false }
        jobs[job].isHandedOver = true
        return true
    }

    mutating func withdraw(_ job: Int, under claim: Int) {
        if jobs[job].claim == claim { jobs[job].isHandedOver = false }
    }

    mutating func send(_ job: Int) {
        jobs[job].mails += 1
    }

    /// The end together with the handler's writes.
    mutating func done(_ job: Int, under claim: Int) throws {
        let isOurs = jobs[job].claim == claim
        if isOurs || !holds(.writesEndWithTheClaim) { jobs[job].effects += 1 }
        if isOurs { try move(job, to: .done, "done") }
    }

    /// Back to `pending` after a failure, a snooze, an outage or a stop; a cancelled one ends instead.
    mutating func giveBack(_ job: Int, under claim: Int, _ event: String) throws {
        guard jobs[job].claim == claim else { return }
        if jobs[job].isCancelAskedFor {
            try move(job, to: .cancelled, "return cancelled")
        } else {
            try move(job, to: .pending, event)
        }
    }

    // MARK: - Chores

    mutating func rescue(_ process: Int) throws {
        for job in jobs.indices where jobs[job].process == process {
            if jobs[job].isCancelAskedFor {
                try move(job, to: .cancelled, "rescue cancelled")
            } else {
                try move(job, to: .pending, "rescue")
            }
        }
    }

    // MARK: - What must hold

    enum Fault: Error, Equatable {
        case notInTheTable(String)
        case effect(of: Int, times: Int, JobState)
        case mailSentAgain(Int)
        case lost(Int, JobState)
    }

    /// Throws what is wrong already.
    func check() throws {
        for (number, job) in jobs.enumerated() {
            guard job.effects == (job.state == .done ? 1 : 0) else {
                throw Fault.effect(of: number, times: job.effects, job.state)
            }
            guard job.mails <= 1 else { throw Fault.mailSentAgain(number) }
        }
    }
}
