import Synchronization

/// A signal that one task waits for, with a longest wait. A signal given while nobody waits is kept, once.
package final class WakeUp: Sendable {
    private struct State {
        var isSignalled = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    /// Wakes the waiting task, or lets the next wait return at once.
    package func signal() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiter = state.waiter else {
                state.isSignalled = true
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Waits for a signal, for `longest`, or for the cancellation of the task, whatever comes first. One task at
    /// a time may wait; a second waiter releases the first.
    package func wait(atMost longest: Duration) async {
        let timer = Task { [weak self] in
            try await Task.sleep(for: longest)
            self?.release()
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = Task.isCancelled
                let resumable = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    if state.isSignalled || isCancelled {
                        state.isSignalled = false
                        return [continuation]
                    }
                    defer { state.waiter = continuation }
                    return state.waiter.map { [$0] } ?? []
                }
                resumable.forEach { $0.resume() }
            }
        } onCancel: {
            release()
        }
    }

    /// Ends a wait without leaving a signal behind.
    private func release() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
