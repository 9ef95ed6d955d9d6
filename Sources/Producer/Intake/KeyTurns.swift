/// Lets one call at a time claim an `Idempotency-Key`. The others wait here, where waiting costs nothing: in the database
/// each of them would hold a connection of the pool, and a few repetitions of one slow call would starve all others.
actor KeyTurns {
    struct Key: Hashable, Sendable {
        let token: Int64
        let path: String
        let key: String
    }

    private struct Waiting {
        let number: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    /// More than anybody repeats by mistake.
    private static let maximumWaiting = 50
    private static let patience: Duration = .seconds(1)

    /// The keys whose turn somebody has, with those that wait for it.
    private var turns: [Key: [Waiting]] = [:]
    private var number = 0

    /// Runs `body` when no other call of this process has the key's turn.
    ///
    /// - Throws: ``Problem/keyInUse`` when the turn does not come within 1 s, or too many wait for it.
    nonisolated func run<R: Sendable>(_ key: Key?, _ body: @Sendable () async throws -> R) async throws -> R {
        guard let key else { return try await body() }
        guard await take(key) else { throw Problem.keyInUse }
        do {
            let result = try await body()
            await give(key, toAll: true)
            return result
        } catch {
            await give(key, toAll: false)
            throw error
        }
    }

    private func take(_ key: Key) async -> Bool {
        guard let waiting = turns[key] else {
            turns[key] = []
            return true
        }
        guard waiting.count < Self.maximumWaiting else { return false }
        number += 1
        let mine = number
        let timer = Task {
            try await Task.sleep(for: Self.patience)
            expire(mine, of: key)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { turns[key]?.append(Waiting(number: mine, continuation: $0)) }
    }

    /// After an answer was kept, whoever waits finds it without waiting for anybody; after a failure the next one tries.
    private func give(_ key: Key, toAll: Bool) {
        guard var waiting = turns[key] else { return }
        if toAll || waiting.isEmpty {
            turns[key] = nil
            for one in waiting { one.continuation.resume(returning: true) }
        } else {
            let next = waiting.removeFirst()
            turns[key] = waiting
            next.continuation.resume(returning: true)
        }
    }

    private func expire(_ number: Int, of key: Key) {
        guard let index = turns[key]?.firstIndex(where: { $0.number == number }) else { return }
        turns[key]?.remove(at: index).continuation.resume(returning: false)
    }
}
