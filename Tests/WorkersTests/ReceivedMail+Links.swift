import TestSupport
import Testing

extension ReceivedMail {
    /// The plain text.
    var text: String { parts.first { $0.type == "text/plain" }?.content ?? "" }
    var html: String { parts.first { $0.type == "text/html" }?.content ?? "" }
    var messageID: String { headers["message-id"] ?? "" }

    /// The token of the one link that matches, which must stand in both parts. The HTML part writes `&` as an entity.
    func token(_ link: Regex<(Substring, Substring)>) throws -> String {
        let inText = Set(text.matches(of: link).map { String($0.output.1) })
        let inHTML = Set(html.replacing("&amp;", with: "&").matches(of: link).map { String($0.output.1) })
        #expect(inText == inHTML)
        try #require(inText.count == 1)
        return try #require(inText.first)
    }
}
