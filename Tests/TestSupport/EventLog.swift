import Synchronization

/// Events in the order they came, and a way to wait for one without looking again and again.
package final class EventLog<Event: Sendable>: Sendable {
    /// A wait that was not answered in time.
    package struct TimedOut: Error, CustomStringConvertible {
        package let description: String
    }

    private struct Waiter {
        let id: Int
        let answer: @Sendable ([Event]) -> Event?
        let continuation: CheckedContinuation<Event, any Error>
    }

    private struct State {
        var events: [Event] = []
        var waiters: [Waiter] = []
        var nextID = 0
        var next: (@Sendable (Event) -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    /// All events so far.
    package var all: [Event] { state.withLock { $0.events } }

    /// Appends an event and answers whoever waited for it.
    package func append(_ event: Event) {
        let answered = state.withLock { state in
            state.events.append(event)
            state.next?(event)
            let answered = state.waiters.compactMap { waiter in
                waiter.answer(state.events).map { (waiter, $0) }
            }
            state.waiters.removeAll { waiter in answered.contains { $0.0.id == waiter.id } }
            return answered
        }
        answered.forEach { $0.0.continuation.resume(returning: $0.1) }
    }

    /// Hands each event, those so far included, on in order.
    package func forward(to next: @escaping @Sendable (Event) -> Void) {
        state.withLock { state in
            state.events.forEach(next)
            state.next = next
        }
    }

    /// The `count`th event that matches, at once if it has come already.
    /// - Throws: `TimedOut` after ``longestWait``.
    @discardableResult
    package func first(
        _ what: String,
        number count: Int = 1,
        where matches: @escaping @Sendable (Event) -> Bool
    ) async throws -> Event {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let answer: @Sendable ([Event]) -> Event? = { $0.filter(matches).dropFirst(count - 1).first }
        let timer = Task {
            try await Task.sleep(for: longestWait)
            self.giveUp(id, TimedOut(description: "waited \(longestWait) for \(what) (number \(count))"))
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let found = state.withLock { state in
                    let found = answer(state.events)
                    if found == nil { state.waiters.append(Waiter(id: id, answer: answer, continuation: continuation)) }
                    return found
                }
                if let found { continuation.resume(returning: found) }
            }
        } onCancel: {
            giveUp(id, CancellationError())
        }
    }

    private func giveUp(_ id: Int, _ error: any Error) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(throwing: error)
    }
}
