/// Runs work that must end in time.
enum TimeLimit {
    /// The time is over.
    struct Exceeded: Error {}

    /// Runs `work`, and cancels it when it takes longer than `limit`.
    ///
    /// - Throws: ``Exceeded``, or what `work` throws.
    static func run<R: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () async throws -> R) async throws -> R
    {
        try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() ?? nil else { throw Exceeded() }
            return result
        }
    }
}
