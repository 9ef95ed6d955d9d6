/// What failed at the broker or on the way to it, during what, in the far side's own words.
///
/// Carries no password, no message body and no routing data beyond the names of queues and exchanges.
package struct AMQPError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where the failure arose; tells a caller whether waiting helps.
    package enum Kind: Sendable, Equatable {
        /// The URL or a message cannot be used as given; no retry helps.
        case usage
        /// The broker refused user, password or virtual host.
        case refused
        /// The broker did not prove to be the one that the URL names; nothing was said to it.
        case untrusted
        /// The connection could not be made or was lost; it is being made again.
        case connection
        /// The broker closed the channel; it is being opened again.
        case channel
        /// A named wait ended without an answer.
        case timeout
        /// The peer broke the protocol.
        case protocolViolation
        /// The connection was closed by its owner; nothing more will come.
        case closed
    }

    package let kind: Kind
    /// The AMQP reply code (404, 406 …), or librabbitmq's negative status, or 0 where neither exists.
    package let code: Int
    /// The broker's or the library's own text.
    package let text: String
    /// What was being done, in words: "declare queue notice".
    package let during: String

    package init(_ kind: Kind, code: Int = 0, text: String, during: String) {
        self.kind = kind
        self.code = code
        self.text = text
        self.during = during
    }

    /// Whether the same call may succeed later without anyone changing the configuration.
    package var isTransient: Bool {
        switch kind {
        case .connection, .channel, .timeout, .protocolViolation: true
        case .usage, .refused, .untrusted, .closed: false
        }
    }

    package var description: String {
        let number = code == 0 ? "" : " \(code)"
        return "AMQP\(number): \(text) (while: \(during))\(advice.map { ". \($0)" } ?? "")"
    }

    private var advice: String? {
        switch (kind, code) {
        case (.refused, 403):
            "Check the user and password of the broker URL, and that this user may use the virtual host"
        case (.refused, _):
            "Check that the virtual host of the broker URL exists and that the user may use it"
        case (.channel, 406):
            "The broker holds an object of this name with other properties: delete it there or change the declaration"
        default:
            nil
        }
    }
}
