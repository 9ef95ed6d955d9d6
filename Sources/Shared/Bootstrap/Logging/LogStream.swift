import Foundation
import Synchronization

/// Where log lines go: whole lines, never two mixed, from any thread.
///
/// There is no queue, so nothing grows when the reader is slow; the writer waits for it instead.
package final class LogStream: Sendable {
    /// The process's standard error, where systemd and containers collect it.
    package static let standardError = LogStream(descriptor: STDERR_FILENO)

    private let descriptor: Int32
    private let turn = Mutex(())

    /// Writes to a descriptor that outlives the stream.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    func write(_ line: [UInt8]) {
        turn.withLock { _ in
            var rest = line[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
                if written < 0 && errno == EINTR { continue }
                // A closed or full standard error must not stop the work; there is nowhere left to say so.
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
    }
}
