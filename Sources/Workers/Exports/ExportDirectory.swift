import Foundation
import JobEngine
import Logging

/// A directory of one attempt's own, gone when the attempt ends, however it ends.
struct ExportDirectory: Sendable {
    let url: URL

    /// Makes and removes a directory: an export would find out that it cannot only when somebody waits for it.
    ///
    /// - Throws: ``ExportDiskError``.
    static func check(_ parent: URL) async throws {
        let probe = parent.appending(path: "relais-export-check-\(UUID())")
        try await DiskQueue.run {
            try make(probe)
            try Data("relais".utf8).write(to: probe.appending(path: "file"))
            try FileManager.default.removeItem(at: probe)
        }
    }

    /// Runs `body` with a fresh directory below `parent`, which only this user may read: exports hold personal data.
    ///
    /// An attempt whose process was killed could not remove its own; the next attempt on the same machine does.
    static func with<R: Sendable>(
        for job: ClaimedJob,
        in parent: URL,
        logger: Logger,
        _ body: @Sendable (ExportDirectory) async throws -> R
    ) async throws -> R {
        let prefix = "relais-export-\(job.id)-"
        let directory = ExportDirectory(url: parent.appending(path: prefix + "\(job.attempt)"))
        try await DiskQueue.run {
            for left in try FileManager.default.contentsOfDirectory(atPath: parent.path) where left.hasPrefix(prefix) {
                try FileManager.default.removeItem(at: parent.appending(path: left))
            }
            try make(directory.url)
        }
        do {
            let result = try await body(directory)
            await directory.remove(logger)
            return result
        } catch {
            await directory.remove(logger)
            throw error
        }
    }

    private static func make(_ url: URL) throws {
        try FileManager.default.createDirectory(
            at: url,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    }

    private func remove(_ logger: Logger) async {
        do {
            try await DiskQueue.run { try FileManager.default.removeItem(at: url) }
        } catch {
            // The export itself is not worth failing for it, but somebody has to know: the file holds personal data.
            logger.error("An export's temporary directory could not be removed", metadata: ["directory": "\(url.path)"])
        }
    }
}
