import Dispatch
import Foundation

/// Turns the signals that end a process by default into events.
///
/// service-lifecycle's own handling listens for the first signal only; the second one has to be heard too.
final class SignalWatch {
    /// Each signal as it arrives. Three are kept: more say nothing new.
    let signals: AsyncStream<Int32>

    private let continuation: AsyncStream<Int32>.Continuation
    private let sources: [any DispatchSourceSignal]

    init(_ numbers: [Int32]) {
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingOldest(3))
        self.signals = signals
        self.continuation = continuation
        sources = numbers.map { number in
            // The default action would end the process before the source hears of it. It stays off afterwards: a late
            // signal must not kill a process that is about to exit by itself.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { @Sendable in _ = continuation.yield(number) }
            source.activate()
            return source
        }
    }

    func stop() {
        for source in sources { source.cancel() }
        continuation.finish()
    }
}
