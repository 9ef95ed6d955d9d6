import CPostgres
import Dispatch

/// Tells when the connection's socket can be read or written. Events are off until asked for: a source that
/// nobody serves would fire without end.
final class SocketEvents {
    private let reading: any DispatchSourceRead
    private let writing: any DispatchSourceWrite
    private var isReading = false
    private var isWriting = false
    private var isCancelled = false

    /// Watches a second descriptor of the socket, which is closed once both sources have let go of it.
    init?(
        socket: CInt,
        queue: DispatchQueue,
        onReadable: @escaping @Sendable () -> Void,
        onWritable: @escaping @Sendable () -> Void,
        onClosed: @escaping @Sendable () -> Void
    ) {
        let watched = cpostgres_duplicate(socket)
        guard watched >= 0 else { return nil }
        reading = DispatchSource.makeReadSource(fileDescriptor: watched, queue: queue)
        writing = DispatchSource.makeWriteSource(fileDescriptor: watched, queue: queue)
        reading.setEventHandler(handler: onReadable)
        writing.setEventHandler(handler: onWritable)
        let both = DispatchGroup()
        both.enter()
        both.enter()
        reading.setCancelHandler { both.leave() }
        writing.setCancelHandler { both.leave() }
        both.notify(queue: queue) {
            cpostgres_close(watched)
            onClosed()
        }
    }

    func read(_ on: Bool) {
        guard isReading != on, !isCancelled else { return }
        isReading = on
        if on { reading.resume() } else { reading.suspend() }
    }

    func write(_ on: Bool) {
        guard isWriting != on, !isCancelled else { return }
        isWriting = on
        if on { writing.resume() } else { writing.suspend() }
    }

    func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        reading.cancel()
        writing.cancel()
        // Releasing a suspended source traps.
        if !isReading { reading.resume() }
        if !isWriting { writing.resume() }
    }

    deinit {
        cancel()
    }
}
