import Foundation
import Synchronization
import Testing

/// What a program of a test logged last. When it ends badly this goes into the file that `RELAIS_TEST_ENDS` names, a line
/// of JSON each, and `deploy/test` shows it when the test failed: nobody should have to look for the reason.
final class LastWords: Sendable {
    private struct BadEnd: Encodable {
        let test: String
        let program: String
        let status: Int32
        let log: [String]
    }

    private struct State {
        var lines: [String] = []
        var isLogComplete = false
        var status: Int32?
        var isKilledByTest = false
    }

    private static let longest = 40
    private static let file = ProcessInfo.processInfo.environment["RELAIS_TEST_ENDS"]
    /// Lines of programs that end at once would otherwise run into each other.
    private static let writing = Mutex(())

    private let program: String
    private let test: String?
    private let state = Mutex(State())

    /// To be made by the test that starts the program: only its own task knows which test that is.
    init(of program: String, _ arguments: [String]) {
        self.program = ([URL(filePath: program).lastPathComponent] + arguments.prefix(3)).joined(separator: " ")
        test = Test.current.map { String(describing: $0.id) }
    }

    func add(_ line: String) {
        state.withLock { state in
            if state.lines.count == Self.longest { state.lines.removeFirst() }
            state.lines.append(line)
        }
    }

    /// The test kills the program itself: its end says nothing.
    func killed() { state.withLock { $0.isKilledByTest = true } }

    /// The program has closed its log; what it said last may be read after its end was noticed.
    func logEnded() {
        writeOnceKnown { $0.isLogComplete = true }
    }

    /// Every code but 0 counts as bad: whether the test expected it, the test says by passing.
    func ended(with status: Int32) {
        writeOnceKnown { $0.status = status }
    }

    private func writeOnceKnown(_ note: (inout State) -> Void) {
        let end = state.withLock { state -> BadEnd? in
            note(&state)
            guard state.isLogComplete, let status = state.status, status != 0, !state.isKilledByTest, let test else {
                return nil
            }
            return BadEnd(test: test, program: program, status: status, log: state.lines)
        }
        guard let file = Self.file, let end, let line = try? JSONEncoder().encode(end) else { return }
        Self.writing.withLock { _ in
            guard let stream = fopen(file, "a") else { return }
            fputs(String(decoding: line, as: UTF8.self) + "\n", stream)
            fclose(stream)
        }
    }
}
