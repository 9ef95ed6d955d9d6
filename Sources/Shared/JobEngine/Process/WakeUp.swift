import Synchronization

/// A signal that one task waits for, with a longest wait. A signal given while nobody waits is kept, once.
package final class WakeUp: Sendable {
    private struct State {
        var isSignalled = false
        var waiter: (id: Int, continuation: CheckedContinuation<Void, Never>)?
        var lastID = 0
        /// Waits that may still begin to wait. The alarm and the cancellation may come before the continuation is
        /// there; a release that only looked at `waiter` would then be lost, and the wait would last for ever.
        var pending: Set<Int> = []
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
            return waiter.continuation
        }
        waiter?.resume()
    }

    /// Waits for a signal, for `longest`, or for the cancellation of the task, whatever comes first. One task at
    /// a time may wait; a second waiter releases the first.
    package func wait(atMost longest: Duration) async {
        let id = state.withLock { state in
            state.lastID += 1
            state.pending.insert(state.lastID)
            return state.lastID
        }
        let alarm = Alarm(after: longest) { [weak self] in self?.release(id) }
        defer {
            alarm.cancel()
            state.withLock { _ = $0.pending.remove(id) }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumable = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    if state.isSignalled || !state.pending.contains(id) {
                        state.isSignalled = false
                        return [continuation]
                    }
                    defer { state.waiter = (id, continuation) }
                    return state.waiter.map { [$0.continuation] } ?? []
                }
                resumable.forEach { $0.resume() }
            }
        } onCancel: {
            release(id)
        }
    }

    /// Ends one wait, begun or about to begin, without leaving a signal behind.
    private func release(_ id: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.pending.remove(id)
            guard let waiter = state.waiter, waiter.id == id else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume()
    }
}
