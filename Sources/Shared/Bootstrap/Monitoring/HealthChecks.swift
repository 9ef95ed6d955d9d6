import Synchronization

/// What a check found.
package enum HealthStatus: Sendable, Equatable {
    case ok
    /// What is wrong, for a person: never with an address of a user, a password or a row.
    case failing(String)
}

/// The named conditions under which this process can do its work.
///
/// *Live* only says that the process answers: it never depends on a server elsewhere, or a database that is down
/// would get every worker restarted. *Ready* asks every check.
package final class HealthChecks: Sendable {
    /// Answers within ``timeout`` or counts as failing.
    package typealias Check = @Sendable () async -> HealthStatus

    /// The answer to one question, with one entry per check, sorted by name.
    package struct Report: Sendable, Equatable {
        /// Name and finding of each check.
        package let findings: [(name: String, status: HealthStatus)]

        /// Whether nothing is failing.
        package var isOK: Bool { findings.allSatisfy { $0.status == .ok } }

        /// Field by field: a tuple is never `Equatable`.
        package static func == (left: Report, right: Report) -> Bool {
            left.findings.elementsEqual(right.findings) { $0 == $1 }
        }
    }

    private struct State {
        var checks: [String: Check] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())
    private let timeout: Duration

    /// - Parameter timeout: what a single check may take; Prometheus and Kubernetes give up after some seconds too.
    package init(timeout: Duration = .seconds(2)) {
        self.timeout = timeout
    }

    /// Adds a check, or replaces the one of that name.
    package func register(_ name: String, _ check: @escaping Check) {
        state.withLock { $0.checks[name] = check }
    }

    /// From now on the process is not ready: it finishes what it has and takes nothing new.
    package func beginStopping() {
        state.withLock { $0.isStopping = true }
    }

    /// Asks all checks at once.
    package func ready() async -> Report {
        let (checks, isStopping) = state.withLock { ($0.checks, $0.isStopping) }
        if isStopping { return Report(findings: [("process", .failing("stopping"))]) }
        let timeout = timeout
        return await withTaskGroup(of: (String, HealthStatus).self) { group in
            for (name, check) in checks {
                group.addTask { (name, await Self.answer(of: check, within: timeout)) }
            }
            var findings: [(name: String, status: HealthStatus)] = []
            for await (name, status) in group { findings.append((name, status)) }
            return Report(findings: findings.sorted { $0.name < $1.name })
        }
    }

    /// The check's answer, or a failure once the time is up. The check runs in a task of its own, because one that
    /// ignores its cancellation would otherwise hold up the answer for ever.
    private static func answer(of check: @escaping Check, within timeout: Duration) async -> HealthStatus {
        let (answers, answer) = AsyncStream.makeStream(of: HealthStatus.self, bufferingPolicy: .bufferingOldest(1))
        let work = Task { answer.yield(await check()) }
        let clock = Task {
            try await Task.sleep(for: timeout)
            answer.yield(.failing("no answer within \(DurationText.show(timeout))"))
        }
        defer {
            work.cancel()
            clock.cancel()
        }
        for await status in answers { return status }
        return .failing("cancelled")
    }
}
