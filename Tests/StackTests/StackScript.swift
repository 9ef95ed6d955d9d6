import Foundation

/// `deploy/stack` on servers of one test's own, in `.local/NAME` of this checkout.
struct StackScript: Sendable {
    let name: String

    var directory: URL { Self.repository.appending(path: ".local/\(name)") }

    private static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Runs `deploy/stack` with these arguments; any exit code but 0 is thrown, with what was said.
    @discardableResult
    func run(_ arguments: String...) async throws -> String {
        try await Self.execute(Self.repository.appending(path: "deploy/stack").path, arguments, stack: name)
    }

    /// Runs a line of shell with the exports of `deploy/stack env`, as a client would.
    @discardableResult
    func asClient(_ line: String) async throws -> String {
        let script = "set -euo pipefail; eval \"$(deploy/stack env)\"; \(line)"
        return try await Self.execute("/usr/bin/env", ["bash", "-c", script], stack: name)
    }

    struct Failure: Error, CustomStringConvertible {
        let arguments: [String]
        let status: Int32
        let said: String

        var description: String { "\(arguments.joined(separator: " ")) ended with \(status): \(said)" }
    }

    /// An empty stack before, nothing left behind after, whatever happens between.
    static func with(_ name: String, _ body: (StackScript) async throws -> Void) async throws {
        let stack = StackScript(name: name)
        try await stack.run("stop")
        try? FileManager.default.removeItem(at: stack.directory)
        let result: Result<Void, any Error>
        do { result = .success(try await body(stack)) } catch { result = .failure(error) }
        try await stack.run("stop")
        try FileManager.default.removeItem(at: stack.directory)
        try result.get()
    }

    /// Output goes to a file: servers started here outlive the command, and a pipe they held would never end.
    private static func execute(_ program: String, _ arguments: [String], stack: String) async throws -> String {
        let output = FileManager.default.temporaryDirectory.appending(path: "stack-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = repository
        process.environment = ProcessInfo.processInfo.environment
            .filter { $0.key != "RELAIS_PORT_BASE" }
            .merging(["RELAIS_STACK": stack, "RELAIS_STACK_FAST": "1"]) { $1 }
        let handle = try FileHandle(forWritingTo: output)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        let said = String(decoding: try Data(contentsOf: output), as: UTF8.self)
        guard status == 0 else { throw Failure(arguments: arguments, status: status, said: said) }
        return said.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
