import Foundation
import Glibc
import Testing

/// Runs `deploy/platform/compare-export`.
///
/// Not through `Process`, which learns of an end from a descriptor that any program started at the same moment may
/// inherit: the mail server of the same test would then keep the end from ever being seen.
enum ExportsComparison {
    private static let program = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../deploy/platform/compare-export").standardizedFileURL.path

    /// What the program printed when it found a difference or could not look; nil: all cells are equal.
    static func run(_ arguments: [String]) async throws -> String? {
        let output = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).txt")
        defer { try? FileManager.default.removeItem(at: output) }
        let process = try start(arguments, output: output.path)
        let status = await end(of: process)
        return status == 0 ? nil : "status \(status): \(try String(contentsOf: output, encoding: .utf8))"
    }

    private static func start(_ arguments: [String], output: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, S_IRUSR | S_IWUSR)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // The threads of tasks block nearly all signals, and a child inherits that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var process = pid_t()
        try #require(posix_spawn(&process, program, &actions, &attributes, &words, environ) == 0)
        return process
    }

    private static func end(of process: pid_t) async -> Int32 {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var status: Int32 = -1
                while waitpid(process, &status, 0) == -1, errno == EINTR {}
                continuation.resume(returning: status)
            }
        }
    }
}
