/// What the broker says of a queue.
package struct QueueStatus: Sendable, Equatable {
    /// Ready to be delivered, without those already with a consumer.
    package var messages: Int
    package var consumers: Int
}
