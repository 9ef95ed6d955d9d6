import Foundation
import Glibc
import Synchronization

/// A program started by a test.
///
/// Foundation's `Process` is not up to many at once: its children inherit each other's descriptors, so that the end of
/// one is not noticed while another runs, and the blocked signals of the thread that starts them, so that SIGTERM does
/// not reach them.
package final class ChildProcess: Sendable {
    /// How a program ended and what it said.
    package struct Result: Sendable {
        /// Its exit code; 128 and the signal's number for one that a signal ended.
        package let status: Int32
        package let output: String
        package let errors: String
    }

    /// The process's id.
    package let id: Int32
    private let input: FileHandle
    private let ending = Ending()
    private let lastWords: LastWords

    /// Starts `program`. Lines of its standard output and of its standard error go to the two closures, each on
    /// a thread of its own. Its standard input stays open until this object goes.
    /// - Parameters:
    ///   - environment: the whole of it; nil: that of the tests.
    ///   - directory: where it runs; nil: where the tests do.
    package init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String]? = nil,
        directory: String? = nil,
        output: @escaping @Sendable (String) -> Void = { _ in },
        errors: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        let words = directory.map { ["/usr/bin/env", "-C", $0, program] } ?? [program]
        let started = try Self.starting.withLock { _ in
            let input = try Self.pipe()
            let output = try Self.pipe()
            let errors = try Self.pipe()
            let ends = [input.reading, output.writing, errors.writing]
            let id = try Self.spawn(
                words + arguments,
                environment ?? ProcessInfo.processInfo.environment,
                ends.map(\.fileDescriptor)
            )
            try ends.forEach { try $0.close() }
            return (id: id, input: input.writing, output: output.reading, errors: errors.reading)
        }
        id = started.id
        input = started.input
        let lastWords = LastWords(of: program, arguments)
        self.lastWords = lastWords
        let (id, ending) = (id, ending)
        ending.expect(3)
        Thread.detachNewThread {
            Self.read(started.output, output)
            ending.part()
        }
        Thread.detachNewThread {
            Self.read(started.errors) { line in
                lastWords.add(line)
                errors(line)
            }
            lastWords.logEnded()
            ending.part()
        }
        Thread.detachNewThread {
            var status: Int32 = 0
            while waitpid(id, &status, 0) == -1, errno == EINTR {}
            let signal = status & 0x7F
            let code = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
            lastWords.ended(with: code)
            ending.part(code)
        }
    }

    /// Whether SIGSTOP has reached every thread: the kernel hands it to one of them, and as long as that one waits for a
    /// processor, the others go on.
    package var standsStill: Bool {
        get throws {
            let threads = URL(filePath: "/proc/\(id)/task")
            return try FileManager.default.contentsOfDirectory(atPath: threads.path).allSatisfy { thread in
                // A thread that has ended meanwhile has no state.
                guard let stat = try? String(contentsOf: threads.appending(path: "\(thread)/stat"), encoding: .utf8)
                else { return true }
                // The state stands behind the name, which is in brackets and may hold any character.
                return stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].dropFirst(2).first == "T"
            }
        }
    }

    /// Runs a program to its end.
    package static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String]? = nil,
        directory: String? = nil
    ) async throws -> Result {
        let gathered = (output: Gathered(), errors: Gathered())
        let child = try ChildProcess(
            program,
            arguments,
            environment: environment,
            directory: directory,
            output: { gathered.output.add($0) },
            errors: { gathered.errors.add($0) }
        )
        let status = await child.end()
        return Result(status: status, output: gathered.output.text, errors: gathered.errors.text)
    }

    /// Sends a signal, unless the program has ended: its id may be another's by then.
    package func send(signal: Int32) {
        guard !ending.isKnown else { return }
        if signal == SIGKILL { lastWords.killed() }
        kill(id, signal)
    }

    /// Whether the program has ended.
    package var hasEnded: Bool { ending.isKnown }

    /// Waits for the program's end and for all that it said; answers its exit code.
    package func end() async -> Int32 {
        await ending.wait()
    }
}
