import Glibc

/// A program whose lines are events; stopped by its process id.
package final class LineProcess: Sendable {
    /// Lines of its standard output.
    package let lines: EventLog<String>
    /// Lines of its standard error, where programs log.
    package let log: EventLog<String>
    private let child: ChildProcess

    /// - Parameter environment: the whole of it; nil: this process's own.
    package init(_ program: String, _ arguments: [String], environment: [String: String]? = nil) throws {
        let lines = EventLog<String>()
        let log = EventLog<String>()
        self.lines = lines
        self.log = log
        child = try ChildProcess(
            program,
            arguments,
            environment: environment,
            output: { lines.append($0) },
            errors: { log.append($0) }
        )
    }

    /// Ends the program with SIGTERM, waits for its end and answers its exit code.
    @discardableResult
    package func stop() async -> Int32 {
        child.send(signal: SIGTERM)
        return await child.end()
    }

    /// Whether it has ended, by itself or because it was told to.
    package var hasEnded: Bool { child.hasEnded }

    /// Stops its clock with SIGSTOP: to everybody else it looks dead, while its connections stay open. Returns once
    /// nothing of it runs any more.
    package func freeze() async throws {
        child.send(signal: SIGSTOP)
        try await eventually("the program to stand still") { try child.standsStill }
    }

    /// Lets a frozen program go on where it stood.
    package func thaw() { child.send(signal: SIGCONT) }

    /// Asks the program to stop with SIGTERM, and does not wait for it.
    package func askToStop() {
        child.send(signal: SIGTERM)
    }

    /// Ends the program with SIGKILL, which it cannot notice, and waits for its end.
    package func kill() async {
        child.send(signal: SIGKILL)
        _ = await child.end()
    }
}
