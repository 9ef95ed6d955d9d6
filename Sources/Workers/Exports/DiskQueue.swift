import Dispatch

/// Where calls that wait for the disk run: on Swift's shared threads, two on a small machine, a slow disk would hold
/// up every job of the process.
enum DiskQueue {
    private static let queue = DispatchQueue(label: "relais.exports.disk", attributes: .concurrent)

    /// Runs `work` to its end, also when the task is cancelled meanwhile.
    ///
    /// - Throws: ``ExportDiskError`` for whatever `work` throws.
    static func run<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work).mapError { ExportDiskError($0) }) }
        }
    }
}
