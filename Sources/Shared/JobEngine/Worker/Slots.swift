import Synchronization

/// A bounded number of places. One task waits for places at a time (the loop that hands them out); any task may take
/// what is free without waiting, and give one back. The number may change while places are taken: after a reduction `free` is below zero until enough came back.
final class Slots: Sendable {
    private struct State {
        var free: Int
        var total: Int
        /// Closed: no place is free, whatever comes back.
        var isClosed = false
    }

    private let state: Mutex<State>
    private let given = WakeUp()

    init(_ total: Int) {
        self.state = Mutex(State(free: total, total: total))
    }

    var free: Int { state.withLock { $0.isClosed ? 0 : $0.free } }
    var total: Int { state.withLock { $0.total } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Changes the number of places.
    func resize(to total: Int) {
        state.withLock { state in
            state.free += total - state.total
            state.total = total
        }
        given.signal()
    }

    func close() {
        state.withLock { $0.isClosed = true }
    }

    func open() {
        state.withLock { $0.isClosed = false }
        given.signal()
    }

    /// Waits until a place is free or `longest` has passed; answers how many are free.
    func waitForFree(atMost longest: Duration) async -> Int {
        let deadline = ContinuousClock.now + longest
        while true {
            let free = self.free
            let left = deadline - .now
            if free > 0 || left <= .zero || Task.isCancelled { return free }
            await given.wait(atMost: left)
        }
    }

    /// Takes as many places as are free, at most `count`; answers how many. None when they are closed.
    func take(upTo count: Int) -> Int {
        state.withLock { state in
            guard !state.isClosed else { return 0 }
            let taken = min(count, max(state.free, 0))
            state.free -= taken
            return taken
        }
    }

    /// Waits for a place, however long it takes, and takes it.
    func take() async {
        while !state.withLock({ state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }) {
            // In a task of its own, which nobody cancels: a cancelled wait would return at once and spin.
            await Task { await given.wait(atMost: .seconds(1)) }.value
        }
    }

    func give() {
        state.withLock { $0.free += 1 }
        given.signal()
    }

    /// Waits until every place is free again.
    func allFree() async {
        while state.withLock({ $0.free < $0.total }) {
            await Task { await given.wait(atMost: .seconds(1)) }.value
        }
    }
}
