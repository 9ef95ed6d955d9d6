import Foundation
import Glibc
import Synchronization

extension ChildProcess {
    /// A program could not be started.
    struct StartError: Error, CustomStringConvertible {
        let program: String
        let code: Int32

        var description: String { "cannot start \(program): \(String(cString: strerror(code)))" }
    }

    /// Held from the making of a pipe to the start of the child that gets it: a child started in between would inherit
    /// the pipe before it is marked, and keep its end from being noticed.
    static let starting = Mutex(())

    /// Both ends are closed in every child but the one that is given one of them.
    static func pipe() throws -> (reading: FileHandle, writing: FileHandle) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw StartError(program: "a pipe", code: errno) }
        ends.forEach { _ = fcntl($0, F_SETFD, FD_CLOEXEC) }
        return (
            FileHandle(fileDescriptor: ends[0], closeOnDealloc: true),
            FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        )
    }

    /// Starts a program with `streams` as its standard input, output and error, no blocked signal and no ignored one.
    static func spawn(
        _ words: [String],
        _ environment: [String: String],
        _ streams: [Int32]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, stream) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, stream, Int32(target))
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var id: pid_t = 0
        let program = words.first ?? ""
        let code = withCStrings(words) { words in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                posix_spawnp(&id, program, &actions, &attributes, words, environment)
            }
        }
        guard code == 0 else { throw StartError(program: program, code: code) }
        return id
    }

    private static func withCStrings<R>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
        let pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        return body(pointers + [nil])
    }

    /// Hands on line after line until the writing end is closed; what has no line end comes last.
    static func read(_ stream: FileHandle, _ line: (String) -> Void) {
        var rest = Data()
        while case let data = stream.availableData, !data.isEmpty {
            rest += data
            while let end = rest.firstIndex(of: 0x0A) {
                line(String(decoding: rest[..<end], as: UTF8.self))
                rest = Data(rest[(end + 1)...])
            }
        }
        if !rest.isEmpty { line(String(decoding: rest, as: UTF8.self)) }
    }

    /// The lines of a stream, put together again.
    final class Gathered: Sendable {
        private let lines = Mutex<[String]>([])

        func add(_ line: String) { lines.withLock { $0.append(line) } }

        var text: String { lines.withLock { $0.map { $0 + "\n" }.joined() } }
    }

    /// The end of a program: both of its streams closed, and its status known.
    final class Ending: Sendable {
        private struct State {
            var partsMissing = 0
            var status: Int32?
            var waiters: [CheckedContinuation<Int32, Never>] = []
        }

        private let state = Mutex(State())

        /// Whether the program has ended and its id was given back.
        var isKnown: Bool { state.withLock { $0.status != nil } }

        func expect(_ parts: Int) { state.withLock { $0.partsMissing = parts } }

        func part(_ status: Int32? = nil) {
            let (waiters, code) = state.withLock { state -> ([CheckedContinuation<Int32, Never>], Int32) in
                state.partsMissing -= 1
                if let status { state.status = status }
                guard state.partsMissing == 0 else { return ([], 0) }
                defer { state.waiters = [] }
                return (state.waiters, state.status ?? -1)
            }
            waiters.forEach { $0.resume(returning: code) }
        }

        func wait() async -> Int32 {
            await withCheckedContinuation { waiter in
                let code = state.withLock { state -> Int32? in
                    if state.partsMissing == 0 { return state.status ?? -1 }
                    state.waiters.append(waiter)
                    return nil
                }
                if let code { waiter.resume(returning: code) }
            }
        }
    }
}
