import Foundation

/// The answers for jobs that wait.
extension ExplanationFacts {
    private typealias Finding = Explanation.Finding

    var whyPending: [Explanation.Finding] {
        var findings = [pastDeadline, notYetDue, paused, exclusive, limited, paced].compactMap(\.self)
        findings += notTaken
        if findings.isEmpty {
            findings = [windowFull ?? behindOthers]
        }
        return findings
    }

    var whyDispatched: [Explanation.Finding] {
        guard confirmedAt != nil else {
            let since = dispatchedAt.map { " \(words($0))" } ?? ""
            let unconfirmed = Finding(
                code: "not-confirmed",
                what: "A relay has published it\(since); the broker has not confirmed it yet.",
                toDo: "Nothing: without a confirm within 10 s it is taken back and published again."
            )
            return [unconfirmed] + notTaken
        }
        if !notTaken.isEmpty { return notTaken }
        return [
            Finding(
                code: "waits-for-slot",
                what: "Its message is in the broker; \(running) jobs run in \(slots) slots of queue \(queue).",
                toDo: running >= slots
                    ? "Nothing; or more slots: producer queues set \(queue) --slots N; or another worker process."
                    : "Nothing: a worker takes it in a moment, or it is dispatched again after 5 s of silence."
            )
        ]
    }

    // MARK: - The job

    private var pastDeadline: Finding? {
        guard let deadline, deadline <= now else { return nil }
        return Finding(
            code: "past-deadline",
            what: "Its deadline was \(words(deadline)).",
            toDo: "Nothing: it ends obsolete as soon as a worker takes it."
        )
    }

    private var notYetDue: Finding? {
        guard runAt > now else { return nil }
        let hurry = "Wait; or run it now: producer jobs retry \(id)"
        guard failures + crashes > 0 else {
            let what = snoozes > 0 ? "It was put off until" : "It is due later, at"
            return Finding(code: "due-later", what: "\(what) \(words(runAt)).", toDo: hurry)
        }
        let latest = errorClass.map { " The latest: \($0): \(errorMessage ?? "")" } ?? ""
        return Finding(
            code: "retrying",
            what:
                "It failed \(failures) times and crashed \(crashes) times; it is tried again at \(words(runAt)).\(latest)",
            toDo: hurry
        )
    }

    private var exclusive: Finding? {
        guard let exclusiveHolder else { return nil }
        return Finding(
            code: "exclusive-key-taken",
            what: "Jobs of its kind run one at a time for each key; job \(exclusiveHolder) has its key.",
            toDo: "Nothing: it runs when that one has ended. Or look at that one: producer jobs explain."
        )
    }

    // MARK: - The queue

    private var paused: Finding? {
        guard let pausedAt else { return nil }
        return Finding(
            code: "queue-paused",
            what: "Queue \(queue) has been paused since \(words(pausedAt)).",
            toDo: "Who and why: producer audit list --target queue:\(queue). Then: producer queues resume \(queue)"
        )
    }

    private var limited: Finding? {
        guard let runningLimit, running + dispatched >= runningLimit else { return nil }
        let by = runners.map { ": \($0)" } ?? ""
        return Finding(
            code: "limit-reached",
            what: "Queue \(queue) may run \(runningLimit) jobs at once over all processes; "
                + "\(running) run and \(dispatched) are on their way\(by).",
            toDo: "Nothing; or raise it: producer queues set \(queue) --limit N"
        )
    }

    private var paced: Finding? {
        guard let rate, let rateFreeAt, rateFreeAt > now else { return nil }
        return Finding(
            code: "rate-used-up",
            what: "Queue \(queue) is paced at \(rate); the next job may go at \(words(rateFreeAt)), "
                + "and \(ahead)\(ahead >= 1000 ? " or more" : "") are before this one.",
            toDo: "Nothing; or another rate: producer queues set \(queue) --rate N/minute"
        )
    }

    private var windowFull: Finding? {
        guard dispatched >= window else { return nil }
        return Finding(
            code: "window-full",
            what: "\(dispatched) jobs of queue \(queue) wait in the broker, which is all that may.",
            toDo: "Nothing; or more slots: producer queues set \(queue) --slots N; or another worker process."
        )
    }

    private var behindOthers: Finding {
        Finding(
            code: "behind-others",
            what: ahead == 0
                ? "It is the next of queue \(queue)."
                : "\(ahead)\(ahead >= 1000 ? " or more" : "") due jobs of queue \(queue) are before it.",
            toDo: "Nothing: a relay dispatches it in a moment."
        )
    }

    // MARK: - The processes

    /// Nobody moves it, or nobody would take it.
    private var notTaken: [Finding] {
        var findings: [Finding] = []
        if producers == 0 {
            findings.append(
                Finding(
                    code: "no-relay",
                    what: "No producer process is alive, so nothing is dispatched.",
                    toDo: "Start one: producer serve (systemctl start relais-producer)"
                )
            )
        } else if producersAway == producers || (workers > 0 && workersAway == workers) {
            findings.append(
                Finding(
                    code: "broker-away",
                    what: "RabbitMQ is away for \(producersAway) of \(producers) producers and "
                        + "\(workersAway) of \(workers) worker processes of this queue.",
                    toDo: "Look at RabbitMQ; everything goes on by itself when it is back."
                )
            )
        }
        if workers == 0 {
            findings.append(
                Finding(
                    code: "no-worker",
                    what: "No worker process serves queue \(queue).",
                    toDo: "Start one: workers run, with \(queue) among --only (systemctl start relais-workers@1)"
                )
            )
        } else if quiet == workers {
            findings.append(
                Finding(
                    code: "workers-quiet",
                    what: "All \(workers) worker processes of queue \(queue) are quiet or stopping.",
                    toDo: "producer workers list, then: producer workers wake ID; or start another one."
                )
            )
        }
        return findings
    }
}
