import Synchronization

/// One answer to one waiting task: the first that is given counts.
final class FirstAnswer<Answer: Sendable>: Sendable {
    private struct State {
        var answer: Answer?
        var isGiven = false
        var waiter: CheckedContinuation<Answer, Never>?
    }

    private let state = Mutex(State())

    /// False when another answer came before.
    @discardableResult
    func give(_ answer: Answer) -> Bool {
        let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Answer, Never>?) in
            guard !state.isGiven else { return (false, nil) }
            state.isGiven = true
            guard let waiter = state.waiter else {
                state.answer = answer
                return (true, nil)
            }
            state.waiter = nil
            return (true, waiter)
        }
        waiter?.resume(returning: answer)
        return isFirst
    }

    /// Waits for the answer; to be called once. A cancellation does not end the wait.
    func wait() async -> Answer {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Answer? in
                if state.answer == nil { state.waiter = continuation }
                return state.answer
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }
}

/// Waits for `work`, at most `limit`. What is not done by then goes on by itself, and nobody waits for it any more.
func waitAtMost(_ limit: Duration, for work: @escaping @Sendable () async -> Void) async {
    let end = FirstAnswer<Void>()
    let alarm = Alarm(after: limit) { end.give(()) }
    Task {
        await work()
        end.give(())
    }
    await end.wait()
    alarm.cancel()
}
