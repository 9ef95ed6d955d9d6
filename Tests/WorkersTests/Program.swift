import Foundation
import TestSupport

/// The `workers` executable of this build, run to its end.
enum Program {
    /// - Parameter environment: the whole of it; nothing is inherited.
    static func workers(
        _ arguments: [String],
        _ environment: [String: String]
    ) async throws -> ChildProcess.Result {
        try await ChildProcess.run(path, arguments, environment: environment)
    }

    /// Executables stand beside the tests' own.
    static var path: String {
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        return folder.appending(path: "workers").path
    }
}
