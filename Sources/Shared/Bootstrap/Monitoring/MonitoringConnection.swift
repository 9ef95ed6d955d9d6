import Dispatch
import Foundation

/// One client of the monitoring port: reads one request, sends one answer, closes.
///
/// Not `Sendable`: it belongs to ``MonitoringServer``, whose queue all its events arrive on.
final class MonitoringConnection {
    enum Event {
        case readable, writable, expired
    }

    enum Received {
        case incomplete, closed, tooLarge
        case request(MonitoringRequest)
    }

    private enum Phase {
        /// Waiting for the rest of the request. Next: answering.
        case reading
        /// The answer is made or sent; the reader is suspended. Next: lingering.
        case answering
        /// All is sent; what still comes is thrown away until the client closes. Closing with unread bytes would make
        /// the system reset the connection, and the client lose the answer.
        case lingering
    }

    private let descriptor: Int32
    private let reader: any DispatchSourceRead
    private let writer: any DispatchSourceWrite
    private let timer: any DispatchSourceTimer
    private var input: [UInt8] = []
    private var output: ArraySlice<UInt8> = []
    private var phase = Phase.reading
    private var isWaitingToWrite = false

    init(
        _ descriptor: Int32,
        queue: DispatchQueue,
        lifetime: Duration,
        handler: @escaping @Sendable (Event) -> Void
    ) {
        self.descriptor = descriptor
        reader = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        writer = DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: queue)
        timer = DispatchSource.makeTimerSource(queue: queue)
        reader.setEventHandler { @Sendable in handler(.readable) }
        writer.setEventHandler { @Sendable in handler(.writable) }
        timer.setEventHandler { @Sendable in handler(.expired) }
        let milliseconds = lifetime.components.seconds * 1000 + lifetime.components.attoseconds / 1_000_000_000_000_000
        timer.schedule(deadline: .now() + .milliseconds(Int(clamping: milliseconds)))
        // The number may be given away only when neither source watches it any more.
        let group = DispatchGroup()
        group.enter()
        group.enter()
        reader.setCancelHandler { @Sendable in group.leave() }
        writer.setCancelHandler { @Sendable in group.leave() }
        group.notify(queue: queue) { @Sendable in close(descriptor) }
    }

    func activate() {
        reader.activate()
        timer.activate()
    }

    func cancel() {
        // A source that is suspended or was never activated does not run its cancel handler, and releasing it traps.
        if !isWaitingToWrite { writer.activate() }
        if phase == .answering { reader.resume() }
        reader.cancel()
        writer.cancel()
        timer.cancel()
    }

    func receive() -> Received {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return .incomplete }
        guard count > 0 else { return .closed }
        guard phase == .reading else { return .incomplete }
        input.append(contentsOf: chunk.prefix(count))
        let request = MonitoringRequest.parse(input)
        guard request != nil || input.count > MonitoringRequest.maximumBytes else { return .incomplete }
        phase = .answering
        // A client that has closed its side would otherwise wake us without end.
        reader.suspend()
        return request.map { .request($0) } ?? .tooLarge
    }

    func refusal(_ status: Int) -> [UInt8] { HTTPAnswer.refusal(status) }

    func send(_ bytes: [UInt8]) {
        output = bytes[...]
    }

    /// Sends what the socket takes; true when the client is gone.
    func flush() -> Bool {
        while !output.isEmpty {
            let count = output.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                if !isWaitingToWrite { writer.activate() }
                isWaitingToWrite = true
                return false
            }
            guard count > 0 else { return true }
            output = output.dropFirst(count)
        }
        guard phase == .answering else { return false }
        phase = .lingering
        // An empty output is always writable: the source would wake us without end.
        if isWaitingToWrite { writer.cancel() }
        shutdown(descriptor, Int32(SHUT_WR))
        reader.resume()
        return false
    }
}
