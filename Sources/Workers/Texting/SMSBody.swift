import Foundation

/// The body of a request to the SMS gateway, as a text with places: `{to}`, `{text}`, and if wanted `{from}` and `{id}`.
/// One that begins with `{"` is JSON, any other one a form; what is filled in is escaped accordingly.
struct SMSBody: Sendable, Hashable {
    static let standard = #"{"to": "{to}", "from": "{from}", "text": "{text}", "id": "{id}"}"#

    private let template: String
    private let isJSON: Bool

    /// nil: without a number or a text in it, or no JSON although it begins like it.
    init?(_ template: String) {
        guard template.contains("{to}"), template.contains("{text}") else { return nil }
        isJSON = template.hasPrefix("{\"")
        self.template = template
        if isJSON {
            // Filled with what must be escaped: a place that stands outside quotes shows here and not with a message.
            let sample = filled(to: "+33", sender: "\"", text: "\\", id: "1")
            guard (try? JSONSerialization.jsonObject(with: Data(sample))) is [String: Any] else { return nil }
        }
    }

    /// What a wrong setting is read as until all faults are told.
    static let empty = SMSBody()

    private init() {
        template = ""
        isJSON = false
    }

    var contentType: String { isJSON ? "application/json" : "application/x-www-form-urlencoded" }

    /// The bytes to send. In one pass: a text that holds `{to}` stays a text.
    func filled(to number: String, sender: String, text: String, id: String) -> [UInt8] {
        let values = ["to": number, "from": sender, "text": text, "id": id]
        let body = template.replacing(/\{(to|from|text|id)\}/) { match in
            let value = values[String(match.output.1)] ?? ""
            return isJSON ? Self.jsonEscaped(value) : Self.formEscaped(value)
        }
        return Array(body.utf8)
    }

    private static func jsonEscaped(_ text: String) -> String {
        guard let data = try? JSONEncoder().encode(text) else { return "" }
        return String(String(decoding: data, as: UTF8.self).dropFirst().dropLast())
    }

    /// Everything but letters and digits: what a form leaves as it is differs from server to server.
    private static func formEscaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
