import Glibc

/// A program whose lines on standard output are events; stopped by its process id.
package final class LineProcess: Sendable {
    package let lines: EventLog<String>
    private let child: ChildProcess

    package init(_ program: String, _ arguments: [String]) throws {
        let lines = EventLog<String>()
        self.lines = lines
        child = try ChildProcess(program, arguments, output: { lines.append($0) })
    }

    /// Ends the program with SIGTERM and waits for its end.
    package func stop() async {
        child.send(signal: SIGTERM)
        _ = await child.end()
    }
}
