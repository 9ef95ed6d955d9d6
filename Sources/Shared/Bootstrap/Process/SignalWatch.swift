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

    /// Returns once every signal is listened for: a source is registered some time after its activation, and what comes
    /// in between would be ignored for good.
    init(_ numbers: [Int32]) async {
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingOldest(3))
        self.signals = signals
        self.continuation = continuation
        var sources: [any DispatchSourceSignal] = []
        for number in numbers {
            // The default action would end the process before the source hears of it. It stays off afterwards: a late
            // signal must not kill a process that is about to exit by itself.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { @Sendable in _ = continuation.yield(number) }
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { @Sendable in registered.resume() }
                source.activate()
            }
            sources.append(source)
        }
        self.sources = sources
    }

    func stop() {
        for source in sources { source.cancel() }
        continuation.finish()
    }
}
