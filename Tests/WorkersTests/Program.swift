import Foundation
import TestSupport

/// A program that was run to its end.
struct Program {
    let status: Int32
    let output: String
    let errors: String

    /// The `workers` executable of this build.
    /// - Parameter environment: the whole of it; nothing is inherited.
    static func workers(_ arguments: [String], _ environment: [String: String]) async throws -> Program {
        try await run(folder.appending(path: "workers"), arguments, environment)
    }

    /// - Parameter environment: nil: that of the tests.
    static func run(_ file: URL, _ arguments: [String], _ environment: [String: String]? = nil) async throws -> Program
    {
        let process = Process()
        process.executableURL = file
        process.arguments = arguments
        if let environment { process.environment = environment }
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

    /// On a thread that blocks, and not with a readability handler: that is cancelled after the descriptor is closed,
    /// and takes from epoll whatever has got its number by then, such as a connection to the database, which then waits
    /// for ever.
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
