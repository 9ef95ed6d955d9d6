/// The messages of a ``Consumer`` as a sequence. It buffers nothing itself, so that a pause gives everything back.
package struct Deliveries: AsyncSequence, Sendable {
    /// Takes one message after the other.
    package struct Iterator: AsyncIteratorProtocol {
        let consumer: Consumer

        package func next() async -> Delivery? { await consumer.nextBatch(max: 1).first }
    }

    let consumer: Consumer

    package func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer) }
}
