import Glibc

/// A program whose lines on standard output are events; stopped by its process id.
package final class LineProcess: Sendable {
    package let lines: EventLog<String>
    private let child: ChildProcess

    /// - Parameter environment: the whole of it; nil: this process's own.
    package init(_ program: String, _ arguments: [String], environment: [String: String]? = nil) throws {
        let lines = EventLog<String>()
        self.lines = lines
        child = try ChildProcess(program, arguments, environment: environment, output: { lines.append($0) })
    }

    /// Ends the program with SIGTERM, waits for its end and answers its exit code.
    @discardableResult
    package func stop() async -> Int32 {
        child.send(signal: SIGTERM)
        return await child.end()
    }

    /// Ends the program with SIGKILL, which it cannot notice, and waits for its end.
    package func kill() async {
        child.send(signal: SIGKILL)
        _ = await child.end()
    }
}
