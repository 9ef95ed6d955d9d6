package import Foundation

/// `deploy/stack` on servers of one test's own, in `.local/NAME` of this checkout.
package struct StackScript: Sendable {
    /// The stack's name and that of its directory.
    package let name: String

    /// Where its servers keep what they write.
    package var directory: URL { Self.repository.appending(path: ".local/\(name)") }

    private static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Runs `deploy/stack` with these arguments; any exit code but 0 is thrown, with what was said.
    @discardableResult
    package func run(_ arguments: String...) async throws -> String {
        try await Self.execute(Self.repository.appending(path: "deploy/stack").path, arguments, stack: name)
    }

    /// Runs a line of shell with the exports of `deploy/stack env`, as a client would.
    @discardableResult
    package func asClient(_ line: String) async throws -> String {
        let script = "set -euo pipefail; eval \"$(deploy/stack env)\"; \(line)"
        return try await Self.execute("/usr/bin/env", ["bash", "-c", script], stack: name)
    }

    /// What `deploy/stack` or a client could not do.
    package struct Failure: Error, CustomStringConvertible {
        let arguments: [String]
        let status: Int32
        let said: String

        package var description: String { "\(arguments.joined(separator: " ")) ended with \(status): \(said)" }
    }

    /// An empty stack before, nothing left behind after, whatever happens between.
    package static func with(_ name: String, _ body: (StackScript) async throws -> Void) async throws {
        let stack = StackScript(name: name)
        try await stack.run("stop")
        try? FileManager.default.removeItem(at: stack.directory)
        let result: Result<Void, any Error>
        do { result = .success(try await body(stack)) } catch { result = .failure(error) }
        try await stack.run("stop")
        try FileManager.default.removeItem(at: stack.directory)
        try result.get()
    }

    private static func execute(_ program: String, _ arguments: [String], stack: String) async throws -> String {
        let environment = ProcessInfo.processInfo.environment
            .filter { $0.key != "RELAIS_PORT_BASE" }
            .merging(["RELAIS_STACK": stack, "RELAIS_STACK_FAST": "1"]) { $1 }
        let result = try await ChildProcess.run(
            program,
            arguments,
            environment: environment,
            directory: repository.path
        )
        guard result.status == 0 else {
            throw Failure(arguments: arguments, status: result.status, said: result.output + result.errors)
        }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
