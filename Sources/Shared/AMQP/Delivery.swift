/// A message received. It stays the broker's until it is acknowledged or rejected through its consumer.
package struct Delivery: Sendable {
    package let body: [UInt8]
    package let messageID: String?
    package let type: String?
    /// Headers whose value is text or a whole number; others (such as `x-death`) are left out.
    package let headers: [String: String]
    /// Whether it may have been handed out before. True also when nobody ever looked at it.
    package let redelivered: Bool
    /// Counts from 1 within one channel.
    let tag: UInt64
    /// Which opening of the channel it came from: a tag means another message on the next one.
    let generation: Int
}
