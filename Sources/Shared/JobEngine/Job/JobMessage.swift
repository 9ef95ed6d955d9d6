import AMQP
import Foundation

/// What the broker carries: which job may run now, and in which batch it was marked. No payload: the row owns the job.
package struct JobMessage: Sendable, Hashable {
    package let id: JobID
    package let kind: String
    package let batch: Int64

    package init(id: JobID, kind: String, batch: Int64) {
        self.id = id
        self.kind = kind
        self.batch = batch
    }

    /// The exchange that routes each message to the queue named by its routing key.
    package static let exchange = "relais"

    private struct Wire: Codable {
        let id: UUID
        let kind: String
        let batch: Int64
    }

    /// Reads a message body; nil when it is no message of ours.
    package init?(body: [UInt8]) {
        // A bound before parsing: anybody who may publish could put a body of any size here.
        guard body.count <= 4096, let wire = try? JSONDecoder().decode(Wire.self, from: Data(body)),
            Self.isName(wire.kind)
        else { return nil }
        self.init(id: JobID(wire.id), kind: wire.kind, batch: wire.batch)
    }

    /// Whether a text could be the name of a kind. PostgreSQL refuses a statement whose text holds NUL: one such message
    /// would make every claim fail that it is part of, and come back each time.
    private static func isName(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                case UInt8(ascii: "-"), UInt8(ascii: "."): true
                default: false
                }
            }
    }

    /// The body as JSON. A kind is kebab case with points, so nothing in it needs escaping.
    package var body: [UInt8] {
        Array(#"{"id":"\#(id)","kind":"\#(kind)","batch":\#(batch)}"#.utf8)
    }

    /// A row may hold any text for a kind: one that no message can carry must not keep its batch from being published.
    /// Whoever reads the message takes it for none of ours.
    func outgoing(to queue: String, traceparent: String?) -> OutgoingMessage {
        OutgoingMessage(
            exchange: Self.exchange,
            routingKey: queue,
            body: body,
            messageID: id.description,
            type: Self.isName(kind) ? kind : nil,
            headers: traceparent.flatMap { Self.isTraceparent($0) ? ["traceparent": $0] : nil } ?? [:]
        )
    }

    /// Whether a text has the shape of W3C Trace Context 3.2. Anybody may enqueue any text over SQL, and a header that
    /// no message can carry would make the publisher refuse the batch that it is part of for ever.
    private static func isTraceparent(_ text: String) -> Bool {
        text.utf8.count == 55
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                case UInt8(ascii: "-"): true
                default: false
                }
            }
    }
}
