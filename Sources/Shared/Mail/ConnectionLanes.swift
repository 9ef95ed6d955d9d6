import Curl
import Synchronization

/// The connections to the mail server, each with a thread and an executor of its own.
///
/// libcurl waits for the answer to a mail inside one call, up to ten minutes: on a shared executor one slow answer would
/// hold up every other mail.
final class ConnectionLanes: Sendable {
    private struct State {
        var idle: [ConnectionLane] = []
        var all: [ConnectionLane] = []
        var waiting: [(id: Int, continuation: CheckedContinuation<ConnectionLane, any Error>)] = []
        var nextID = 0
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// Runs the body with a lane that nobody else uses meanwhile; waits for one when all are busy.
    func withLane<R: Sendable>(_ body: (ConnectionLane) async throws -> R) async throws -> R {
        let lane = try await acquire()
        defer { release(lane) }
        return try await body(lane)
    }

    /// Closes the lanes and refuses whoever waits for one.
    func close() async {
        let (all, waiting) = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return (state.all, state.waiting)
        }
        waiting.forEach { $0.continuation.resume(throwing: CancellationError()) }
        await withDiscardingTaskGroup { group in
            for lane in all { group.addTask { await lane.executor.close() } }
        }
    }

    private func acquire() async throws -> ConnectionLane {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<ConnectionLane, any Error>? = state.withLock { state in
                    if state.isClosed || Task.isCancelled { return .failure(CancellationError()) }
                    // The lane used last: its connection is the least likely to have been closed for idleness.
                    if let lane = state.idle.popLast() { return .success(lane) }
                    if state.all.count < limit {
                        return Result {
                            let lane = try ConnectionLane(name: "smtp-\(state.all.count + 1)")
                            state.all.append(lane)
                            return lane
                        }
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
            }
            continuation?.resume(throwing: CancellationError())
        }
    }

    private func release(_ lane: ConnectionLane) {
        let next = state.withLock { state in
            if state.waiting.isEmpty {
                state.idle.append(lane)
                return nil as CheckedContinuation<ConnectionLane, any Error>?
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: lane)
    }
}

/// One connection at a time, and what the server said on the last one.
final class ConnectionLane: Sendable {
    let executor: CurlExecutor
    private let limit = Mutex<Int?>(nil)

    init(name: String) throws {
        executor = try CurlExecutor(name: name, connections: 1)
    }

    /// ``SMTPConversation/sizeLimit`` as it was left: a kept connection is not greeted again.
    var sizeLimit: Int? {
        get { limit.withLock { $0 } }
        set { limit.withLock { $0 = newValue } }
    }
}
