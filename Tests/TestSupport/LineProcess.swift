import Foundation
import Synchronization

/// A program whose lines on standard output are events; stopped by its process id.
package final class LineProcess: Sendable {
    package let lines = EventLog<String>()
    private let process = Process()
    private let input = Pipe()
    private let exited: AsyncStream<Never>

    package init(_ program: String, _ arguments: [String]) throws {
        let output = Pipe()
        let (exited, exit) = AsyncStream<Never>.makeStream()
        self.exited = exited
        let lines = lines
        let rest = Mutex(Data())
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            let complete = rest.withLock { rest in
                rest += data
                let parts = rest.split(separator: 0x0A, omittingEmptySubsequences: false)
                defer { rest = Data(parts.last ?? Data()) }
                return parts.dropLast().map { String(decoding: $0, as: UTF8.self) }
            }
            complete.forEach(lines.append)
        }
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.terminationHandler = { _ in exit.finish() }
        try process.run()
    }

    /// Ends the program with SIGTERM and waits for its end.
    package func stop() async {
        process.terminate()
        for await _ in exited {}
    }
}
