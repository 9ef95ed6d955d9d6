/// How long a test waits for what must come. Nothing that comes at all takes so long on any machine: the one use of
/// the bound is to end a hang with words. A promise in seconds is measured by `deploy/bench` and `deploy/chaos`.
package let longestWait: Duration = .seconds(240)

/// A wait that was in vain.
package struct WaitTimedOut: Error, CustomStringConvertible {
    package let description: String

    /// Says in words what did not come.
    package init(description: String) {
        self.description = description
    }
}

/// Looks at a condition that nobody announces, every 10 ms.
///
/// - Throws: `WaitTimedOut` after ``longestWait``.
package func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + longestWait
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw WaitTimedOut(description: "waited \(longestWait) for \(what)")
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}
