import Foundation
import JobEngine
import Logging

/// A directory of one attempt's own, gone when the attempt ends, however it ends.
///
/// Its process holds a lock on it, which ends with the process: whoever gets the lock of a directory that is left knows
/// that nobody works in it any more.
struct ExportDirectory: Sendable {
    let url: URL
    /// The open directory, which carries the lock.
    private let lock: FileHandle

    private static let prefix = "relais-export-"

    /// Makes and removes a directory: an export would find out that it cannot only when somebody waits for it.
    ///
    /// - Throws: ``ExportDiskError``.
    static func check(_ parent: URL) async throws {
        let probe = parent.appending(path: prefix + "check-\(UUID())")
        try await DiskQueue.run {
            _ = try make(probe)
            try Data("relais".utf8).write(to: probe.appending(path: "file"))
            try FileManager.default.removeItem(at: probe)
        }
    }

    /// Runs `body` with a fresh directory below `parent`, which only this user may read: exports hold personal data.
    ///
    /// An attempt whose process was killed could not remove its own; the next attempt on the same machine does, and so
    /// does the next process that starts there (``sweep(_:logger:)``).
    static func with<R: Sendable>(
        for job: ClaimedJob,
        in parent: URL,
        logger: Logger,
        _ body: @Sendable (ExportDirectory) async throws -> R
    ) async throws -> R {
        let own = prefix + "\(job.id)-"
        let directory = try await DiskQueue.run {
            for left in try FileManager.default.contentsOfDirectory(atPath: parent.path) where left.hasPrefix(own) {
                try FileManager.default.removeItem(at: parent.appending(path: left))
            }
            return try make(parent.appending(path: own + "\(job.attempt)"))
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

    /// Removes what processes left behind that were killed on this machine. What cannot be removed is told and left:
    /// it is no reason not to start.
    static func sweep(_ parent: URL, logger: Logger) async {
        let names = try? await DiskQueue.run { try FileManager.default.contentsOfDirectory(atPath: parent.path) }
        for name in names ?? [] where name.hasPrefix(prefix) {
            do {
                let isRemoved = try await DiskQueue.run { try removeIfLeft(parent.appending(path: name)) }
                guard isRemoved else { continue }
                logger.notice("An export left by a killed process was removed", metadata: [LogKey.directory: "\(name)"])
            } catch {
                logger.error(
                    "An export left by a killed process could not be removed; it may hold personal data",
                    metadata: [LogKey.directory: "\(name)"]
                )
            }
        }
    }

    private static func removeIfLeft(_ url: URL) throws -> Bool {
        guard let lock = opened(url), locked(lock, LOCK_EX | LOCK_NB) else { return false }
        try FileManager.default.removeItem(at: url)
        // Not before: whoever waits for the lock may then see that the directory is gone.
        try lock.close()
        return true
    }

    private static func make(_ url: URL) throws -> ExportDirectory {
        // A sweep may meet the directory before it is locked, and remove it: then it is made again.
        for _ in 0..<3 {
            try FileManager.default.createDirectory(
                at: url,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
            if let lock = opened(url), locked(lock, LOCK_EX), FileManager.default.fileExists(atPath: url.path) {
                return ExportDirectory(url: url, lock: lock)
            }
        }
        throw CocoaError(.fileWriteUnknown)
    }

    /// nil: not a directory, or gone. A link is not followed: in a directory for all it may be anybody's.
    private static func opened(_ url: URL) -> FileHandle? {
        let descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        return descriptor < 0 ? nil : FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func locked(_ file: FileHandle, _ operation: Int32) -> Bool {
        flock(file.fileDescriptor, operation) == 0
    }

    private func remove(_ logger: Logger) async {
        do {
            try await DiskQueue.run {
                try FileManager.default.removeItem(at: url)
                try lock.close()
            }
        } catch {
            // The export itself is not worth failing for it, but somebody has to know: the file holds personal data.
            logger.error(
                "An export's temporary directory could not be removed",
                metadata: [LogKey.directory: "\(url.path)"]
            )
        }
    }
}
