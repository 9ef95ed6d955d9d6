import Foundation
import TestSupport

/// The `workers` executable of this build, run to its end.
struct Program {
    let status: Int32
    let output: String
    let errors: String

    /// - Parameter environment: the whole of it; nothing is inherited.
    static func workers(_ arguments: [String], _ environment: [String: String]) async throws -> Program {
        let process = Process()
        process.executableURL = folder.appending(path: "workers")
        process.arguments = arguments
        process.environment = environment
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        let (ends, end) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            end.yield(process.terminationStatus)
            end.finish()
        }
        try process.run()
        async let said = text(of: output)
        async let complained = text(of: errors)
        var status: Int32 = -1
        for await code in ends { status = code }
        return Program(status: status, output: await said, errors: await complained)
    }

    /// Executables stand beside the tests' own.
    private static var folder: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }

    /// On a thread of its own: reading blocks until the program has ended.
    private static func text(of pipe: Pipe) async -> String {
        let handle = pipe.fileHandleForReading
        return await withCheckedContinuation { answer in
            Thread.detachNewThread {
                let data = (try? handle.readToEnd()) ?? Data()
                answer.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }
}
