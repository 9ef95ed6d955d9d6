import CCurl
import Synchronization

/// What other threads leave for the executor's thread, and the one way to wake it.
final class CurlMailbox: Sendable {
    enum Command: Sendable {
        case start(any CurlTransfer, CurlLoop.Completion)
        case cancel(any CurlTransfer)
        case resume(any CurlTransfer, @Sendable () -> Void)
    }

    private struct State {
        var commands: [Command] = []
        var phase = Phase.open
        var waitingForEnd: [AsyncStream<Never>.Continuation] = []
    }

    /// `ending`: nobody may touch the multi handle any more. `ended`: it is gone.
    private enum Phase { case open, closing, ending, ended }

    nonisolated(unsafe) private let multi: UnsafeMutableRawPointer
    // Only curl_multi_wakeup is called with it here, which libcurl allows from any thread, and never after the end.
    private let state = Mutex(State())

    init(multi: UnsafeMutableRawPointer) {
        self.multi = multi
    }

    /// Leaves a command; `false` when the executor is closed and the command will not be obeyed.
    func put(_ command: Command) -> Bool {
        state.withLock { state in
            switch (state.phase, command) {
            case (.open, _), (.closing, .cancel), (.closing, .resume):
                state.commands.append(command)
                curl_multi_wakeup(multi)
                return true
            case (.closing, .start), (.ending, _), (.ended, _):
                return false
            }
        }
    }

    func take() -> (commands: [Command], closing: Bool) {
        state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.phase != .open)
        }
    }

    /// Asks the thread to end. The sequence ends with it.
    func close() -> (AsyncStream<Never>, AsyncStream<Never>.Continuation) {
        let (ended, end) = AsyncStream<Never>.makeStream()
        state.withLock { state in
            if state.phase == .ended { return end.finish() }
            state.waitingForEnd.append(end)
            guard state.phase == .open else { return }
            state.phase = .closing
            curl_multi_wakeup(multi)
        }
        return (ended, end)
    }

    /// The thread's last act: frees the multi handle, which nobody else touches any more.
    func end(_ cleanUp: () -> Void) {
        state.withLock { $0.phase = .ending }
        // Outside the lock: ending the idle connections politely may take as long as their servers like.
        cleanUp()
        let waiting = state.withLock { state in
            state.phase = .ended
            defer { state.waitingForEnd = [] }
            return state.waitingForEnd
        }
        waiting.forEach { $0.finish() }
    }
}
