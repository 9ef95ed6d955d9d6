package import CCurl

/// One transfer: what it sends, what it does with the answer and when it gives up.
///
/// Every method is called on the thread of the executor that performs the transfer and on no other, so an implementation
/// needs no lock for its state; none of them may block for longer than a read from a local file.
package protocol CurlTransfer: AnyObject, Sendable {
    /// Sets the options of a fresh handle.
    func prepare(_ handle: CurlHandle) throws

    /// Fills the buffer with the next bytes to send.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> CurlRead

    /// Takes bytes of the answer's body; `false` aborts the transfer.
    func receive(body: UnsafeRawBufferPointer) -> Bool

    /// Takes one line of an HTTP answer's head; `false` aborts the transfer.
    func receive(header: UnsafeRawBufferPointer) -> Bool

    /// Sees a command sent, or a line of a reply received, of a protocol that is a dialogue.
    func observe(_ line: UnsafeRawBufferPointer, sent: Bool)

    /// Asked several times a second; `false` aborts the transfer. Time limits and cancellation are decided here.
    func mayContinue() -> Bool

    /// The task that awaits the transfer was cancelled. Takes effect through `read` and `mayContinue`.
    func cancel()

    /// The transfer is over; called once, before the awaiting task goes on.
    func finish(_ handle: CurlHandle, result: CURLcode)
}

/// The answer to libcurl's question for more bytes to send.
package enum CurlRead {
    /// So many bytes were put into the buffer; at least one.
    case bytes(Int)
    /// Nothing is left to send.
    case end
    /// Ask again after `CurlExecutor.resume`.
    case pause
    /// Break the transfer off.
    case abort
}

extension CurlTransfer {
    package func read(into buffer: UnsafeMutableRawBufferPointer) -> CurlRead { .end }
    package func receive(body: UnsafeRawBufferPointer) -> Bool { true }
    package func receive(header: UnsafeRawBufferPointer) -> Bool { true }
    package func observe(_ line: UnsafeRawBufferPointer, sent: Bool) {}
}
