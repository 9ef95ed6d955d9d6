import Dispatch
import Foundation
import Synchronization

/// Where log lines go: whole lines, in order, never two mixed, from any thread.
///
/// A queue of its own writes them, so that a reader who is slow, stuck or gone keeps nobody from his work. What waits is
/// bounded; lines beyond it are dropped and counted, and a line says how many once the reader reads again.
package final class LogStream: Sendable {
    /// The process's standard error, where systemd and containers collect it.
    package static let standardError = LogStream(descriptor: STDERR_FILENO)

    private struct State {
        var waiting: [UInt8] = []
        var dropped = 0
        var isWriting = false
        /// Makes the line that says how many are missing; set by whoever wrote last, in his format.
        var note: (@Sendable (Int) -> [UInt8])?
    }

    /// Some thousand lines: more than a burst, less than anybody misses in memory.
    private static let bound = 1024 * 1024

    private let descriptor: Int32
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "relais.log")
    /// Entered while something waits or is being written.
    private let work = DispatchGroup()

    /// Writes to a descriptor that outlives the stream.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
        // The default action for writing to a reader who is gone would end the process, and with it all that it runs.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Never waits. `note` makes the line that tells of so many dropped ones.
    func write(_ line: [UInt8], note: (@Sendable (Int) -> [UInt8])? = nil) {
        let begins = state.withLock { state -> Bool in
            if let note { state.note = note }
            guard state.waiting.count + line.count <= Self.bound else {
                state.dropped += 1
                return false
            }
            state.waiting += line
            guard !state.isWriting else { return false }
            state.isWriting = true
            work.enter()
            return true
        }
        if begins { queue.async { self.writeAll() } }
    }

    /// Waits until everything is written, at most so many seconds; false when something is left. For the end of the
    /// process, which must come also when nobody reads.
    @discardableResult
    func flush(within seconds: Double) -> Bool {
        work.wait(timeout: .now() + seconds) == .success
    }

    private func writeAll() {
        while let lines = next() { write(all: lines) }
        work.leave()
    }

    private func next() -> [UInt8]? {
        state.withLock { state in
            var lines = state.waiting
            state.waiting = []
            if state.dropped > 0 {
                lines += state.note?(state.dropped) ?? []
                state.dropped = 0
            }
            state.isWriting = !lines.isEmpty
            return lines.isEmpty ? nil : lines
        }
    }

    private func write(all lines: [UInt8]) {
        var rest = lines[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            if written < 0 && errno == EAGAIN {
                // Whoever gave us the descriptor may have made it one that does not wait.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
                continue
            }
            // A closed standard error must not stop the work; there is nowhere left to say so.
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
