import Foundation
import Glibc

/// A program whose lines on standard output are events; stopped by its process id.
package final class LineProcess: Sendable {
    package let lines = EventLog<String>()
    private let process = Process()
    private let input = Pipe()
    private let exited: AsyncStream<Never>

    /// - Parameter environment: the whole of it; nil: this process's own.
    package init(_ program: String, _ arguments: [String], environment: [String: String]? = nil) throws {
        let output = Pipe()
        let (exited, exit) = AsyncStream<Never>.makeStream()
        self.exited = exited
        let lines = lines
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        if let environment { process.environment = environment }
        process.standardInput = input
        process.standardOutput = output
        process.terminationHandler = { _ in exit.finish() }
        try Self.withoutBlockedSignals { try process.run() }
        // A thread that blocks, and not a readability handler: a descriptor closed while Dispatch still watches it
        // crashes the whole test process.
        Thread.detachNewThread { Self.read(output.fileHandleForReading, into: lines) }
    }

    /// A child inherits the blocked signals of the thread that starts it, and those on which tasks run block nearly all:
    /// without this the child would never notice SIGTERM.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var former = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &former)
        defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
        try body()
    }

    private static func read(_ output: FileHandle, into lines: EventLog<String>) {
        var rest = Data()
        while true {
            let data = output.availableData
            if data.isEmpty { return }
            rest += data
            while let end = rest.firstIndex(of: 0x0A) {
                lines.append(String(decoding: rest[..<end], as: UTF8.self))
                rest = Data(rest[(end + 1)...])
            }
        }
    }

    /// Ends the program with SIGTERM, waits for its end and answers its exit code.
    @discardableResult
    package func stop() async -> Int32 {
        process.terminate()
        for await _ in exited {}
        return process.terminationStatus
    }

    /// Ends the program with SIGKILL, which it cannot notice, and waits for its end.
    package func kill() async {
        if process.isRunning { _ = Glibc.kill(process.processIdentifier, SIGKILL) }
        for await _ in exited {}
    }
}
