import Foundation
import Postgres

/// Why a job is not running, or where it is: one or several answers, the first that stands in its way first.
package struct Explanation: Sendable {
    /// One answer.
    package struct Finding: Sendable, Hashable {
        /// Stable, for programs to branch on.
        package let code: String
        package let what: String
        /// What to do about it; "nothing" is an answer too.
        package let toDo: String
    }

    package let job: JobID
    package let state: JobState
    package let queue: String
    package let findings: [Finding]

    init(_ facts: ExplanationFacts) {
        job = facts.id
        state = facts.state
        queue = facts.queue
        findings =
            switch facts.state {
            case .pending: facts.whyPending
            case .dispatched: facts.whyDispatched
            case .running: facts.whereRunning
            case .done, .obsolete, .dead, .cancelled: facts.howFinished
            }
    }
}

extension Ledger {
    /// Why a job is not running; nil when it is unknown or its time is over.
    package func explanation(of id: JobID) async throws -> Explanation? {
        try await durable.query(ExplanationSQL.facts(id), as: "explain job", timeout: .seconds(10)).first
            .map { Explanation(try ExplanationFacts($0)) }
    }
}

/// The answers for jobs that run or have ended.
extension ExplanationFacts {
    var whereRunning: [Explanation.Finding] {
        let since = claimedAt.map { ", since \(words($0))" } ?? ""
        let place = host.map { "at \($0), process \(process ?? 0) (pid \(osPID ?? 0))" } ?? "in process \(process ?? 0)"
        let far = progress.map { "; \($0.done)\($0.total.map { " of \($0)" } ?? "") done" } ?? ""
        var findings = [
            Explanation.Finding(
                code: "running",
                what: "It runs \(place)\(since)\(far).",
                toDo: "Nothing; or cancel it: producer jobs cancel \(id)"
            )
        ]
        if let beatAge, beatAge > 25 {
            findings.append(
                Explanation.Finding(
                    code: "process-silent",
                    what: "Its process has not beaten for \(Int(roundingDown: beatAge)) s.",
                    toDo: "Look at that machine; after 45 s the job is given to another process by itself."
                )
            )
        } else if host == nil {
            findings.append(
                Explanation.Finding(
                    code: "process-gone",
                    what: "Its process is no longer registered.",
                    toDo: "Nothing: the chores of a producer give it back within seconds. Is one running?"
                )
            )
        }
        return findings
    }

    var howFinished: [Explanation.Finding] {
        let at = finishedAt.map { " at \(words($0))" } ?? ""
        let because = reason.map { ": \($0)" } ?? ""
        let toDo =
            switch state {
            case .dead:
                replay.map { "Nothing: it waits for its turn in replay \($0)." }
                    ?? "Mend the cause, then: producer jobs retry \(id); or give it up: producer jobs discard \(id)"
            case .obsolete: "Nothing: the work was no longer worth doing. Enqueue it anew if it is."
            case .cancelled: "Nothing: somebody did not want it. See: producer audit list --target job:\(id)"
            default: "Nothing."
            }
        return [
            Explanation.Finding(
                code: "finished-\(state.rawValue)",
                what: "It ended \(state.rawValue)\(at)\(because).",
                toDo: toDo
            )
        ]
    }

    /// An instant as everybody reads it the same.
    func words(_ instant: Date) -> String { Instant.shortText(instant) }
}
