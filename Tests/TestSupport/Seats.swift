import Synchronization

/// Bounds how many tests use servers at once. Swift Testing starts all tests of all targets together: hundreds of
/// pools and programs of theirs then time out on a small machine, and from 1,024 descriptors on Foundation no longer
/// notices that a program has ended, so that the run hangs for ever.
enum Seats {
    private static let count = 16

    /// Whether this task runs in a test that has a seat: whoever uses two servers takes one, or all could sit and wait
    /// for a second.
    @TaskLocal private static var isSeated = false

    private struct State {
        var free = Seats.count
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private static let state = Mutex(State())

    /// Runs `body` once a seat is free.
    nonisolated(nonsending) static func seated<R>(_ body: () async throws -> R) async throws -> R {
        if isSeated { return try await body() }
        await sit()
        defer { rise() }
        return try await $isSeated.withValue(true) { try await body() }
    }

    private nonisolated(nonsending) static func sit() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private static func rise() {
        let next = state.withLock { state in
            if state.waiting.isEmpty {
                state.free += 1
                return nil as CheckedContinuation<Void, Never>?
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
