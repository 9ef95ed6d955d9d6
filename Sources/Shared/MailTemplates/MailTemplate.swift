package import Foundation

/// One mail of the platform: its facts, and what they say. The same blocks make the text and the HTML part, so that
/// neither can say less than the other.
package protocol MailTemplate: Sendable {
    /// A constant of 36 to 48 characters: a phone shows no more, and nothing of a person belongs in it.
    var subject: String { get }
    /// What a mailbox shows after the subject.
    var preheader: String { get }
    var blocks: [MailBlock] { get }
}

extension MailTemplate {
    /// The mail as it is sent.
    /// - Throws: only when the layout of all mails is broken; whatever the facts hold is escaped.
    package func content() throws -> MailContent {
        MailContent(subject: subject, text: PlainText.render(self), html: try HTML.render(self))
    }
}

/// A piece of a mail. Texts are plain French with plain spaces; escaping and no-break spaces come with the rendering.
package enum MailBlock: Sendable, Hashable {
    case paragraph(String)
    /// What the reader is asked to do; the address itself stands in both parts.
    case link(label: String, url: URL)
    case facts([Fact])
    /// What a person has written, set apart as his words.
    case quotation(Quotation)

    package struct Fact: Sendable, Hashable {
        package let label: String
        package let value: String

        package init(_ label: String, _ value: String) {
            self.label = label
            self.value = value
        }

        static func offer(_ title: String) -> Fact { Fact("Offre", Typography.quoted(title)) }

        static func employer(_ name: String) -> Fact { Fact("Proposée par", Typography.shortened(name)) }
    }

    /// Where the reader does what he is asked to: a page when one is known, else a sentence.
    static func errand(_ label: String, at page: URL?, otherwise sentence: String) -> MailBlock {
        page.map { .link(label: label, url: $0) } ?? .paragraph(sentence)
    }

    /// The first line of every mail. Some accounts have no usable first name.
    static func greeting(_ firstName: String?) -> MailBlock {
        let name = Typography.clean(firstName ?? "")
        let isName = !name.isEmpty && isPlausible(name) && firstName?.contains(where: \.isNewline) != true
        return .paragraph(isName ? "Bonjour \(name)," : "Bonjour,")
    }

    /// Anybody may open an account at somebody else's address. A text in the place of the first name, in a mail that
    /// comes from us, would be his advertisement, so what is longer than names are or holds an address is left out.
    private static func isPlausible(_ name: String) -> Bool {
        // In bytes: an accent put on a sign would make another character of it, and the same link.
        let bytes = name.lowercased().utf8
        return name.unicodeScalars.count <= 60 && !["://", "www.", "@"].contains { bytes.contains($0.utf8) }
    }
}

/// A mail ready to be sent.
package struct MailContent: Sendable, Hashable {
    package let subject: String
    package let text: String
    package let html: String
}
