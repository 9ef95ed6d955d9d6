import Foundation
import Glibc
import TestSupport
import Testing

/// The real executable, run as an operator runs it.
enum Program {
    /// Stands beside the test bundle.
    static var path: String {
        URL(filePath: CommandLine.arguments.first ?? "").deletingLastPathComponent().appending(path: "producer").path
    }

    /// Runs a command to its end.
    static func run(_ arguments: [String], environment: [String: String]) async throws -> ChildProcess.Result {
        try await ChildProcess.run(path, arguments, environment: environment)
    }
}

/// A program that runs until it is told to stop; its log's lines are events.
final class RunningProgram: Sendable {
    let lines: AsyncStream<String>
    private let child: ChildProcess

    init(_ arguments: [String], environment: [String: String]) throws {
        let (lines, line) = AsyncStream<String>.makeStream()
        self.lines = lines
        let child = try ChildProcess(
            Program.path,
            arguments,
            environment: environment,
            errors: { line.yield($0) }
        )
        self.child = child
        Task {
            _ = await child.end()
            line.finish()
        }
    }

    /// The port in the line that says that intake listens.
    func port() async throws -> Int {
        for await line in lines {
            if let match = line.firstMatch(of: /"port":"(\d+)"/) { return try #require(Int(match.output.1)) }
        }
        throw Unexpected(what: "the program ended without listening")
    }

    /// Sends SIGTERM and waits for the end.
    func stop() async -> Int32 {
        child.send(signal: SIGTERM)
        return await child.end()
    }
}

struct Unexpected: Error {
    let what: String
}
