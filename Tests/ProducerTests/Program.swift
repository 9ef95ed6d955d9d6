import Foundation
import Synchronization
import Testing

/// The real executable, run as an operator runs it.
enum Program {
    struct Result: Sendable {
        let code: Int32
        let output: String
        let errors: String
    }

    /// Stands beside the test bundle.
    static var url: URL {
        URL(filePath: CommandLine.arguments.first ?? "").deletingLastPathComponent().appending(path: "producer")
    }

    /// Runs a command to its end.
    static func run(_ arguments: [String], environment: [String: String]) async throws -> Result {
        let process = Process()
        let output = Pipe()
        let errors = Pipe()
        process.executableURL = url
        process.arguments = arguments
        process.environment = environment
        process.standardOutput = output
        process.standardError = errors
        let (ended, end) = AsyncStream<Never>.makeStream()
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        // Read while it runs: a full pipe would stop it.
        async let out = read(output)
        async let err = read(errors)
        for await _ in ended {}
        return await Result(code: process.terminationStatus, output: out, errors: err)
    }

    private static func read(_ pipe: Pipe) async -> String {
        let (chunks, chunk) = AsyncStream<Data>.makeStream()
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                chunk.finish()
            } else {
                chunk.yield(data)
            }
        }
        var all = Data()
        for await data in chunks { all += data }
        return String(decoding: all, as: UTF8.self)
    }
}

/// A program that runs until it is told to stop; its log's lines are events.
final class RunningProgram: Sendable {
    let lines: AsyncStream<String>
    private let process: Process
    private let ended: AsyncStream<Never>

    init(_ arguments: [String], environment: [String: String]) throws {
        let process = Process()
        let errors = Pipe()
        let (lines, line) = AsyncStream<String>.makeStream()
        let (ended, end) = AsyncStream<Never>.makeStream()
        self.lines = lines
        self.ended = ended
        self.process = process
        let rest = Mutex("")
        errors.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                line.finish()
            }
            let complete = rest.withLock { rest in
                rest += String(decoding: data, as: UTF8.self)
                let parts = rest.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                rest = parts.last ?? ""
                return parts.dropLast()
            }
            for text in complete { line.yield(text) }
        }
        process.executableURL = Program.url
        process.arguments = arguments
        process.environment = environment
        process.standardError = errors
        process.terminationHandler = { _ in end.finish() }
        try process.run()
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
        process.terminate()
        for await _ in ended {}
        return process.terminationStatus
    }
}

struct Unexpected: Error {
    let what: String
}
