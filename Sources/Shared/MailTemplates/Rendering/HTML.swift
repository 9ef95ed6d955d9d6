import Foundation
import Mustache

/// The HTML part: the blocks inside the layout. Mustache escapes every value.
enum HTML {
    /// Parsed once a process.
    private static let layout = Result { try MustacheTemplate(string: Layout.html) }

    static func render(_ mail: some MailTemplate) throws -> String {
        let context: [String: Any] = [
            "subject": mail.subject,
            "heading": Typography.typeset(mail.subject),
            "preheader": Typography.typeset(mail.preheader),
            "service": Frame.service,
            "signature": Frame.signature,
            "footer": Frame.footer,
            "blocks": mail.blocks.map(Self.context),
        ]
        return try layout.get().render(context)
    }

    private static func context(_ block: MailBlock) -> [String: Any] {
        switch block {
        case .paragraph(let text):
            return ["paragraph": Typography.typeset(text)]
        case .link(let label, let url):
            // A URL is ASCII with its quotes encoded: it cannot leave the attribute.
            let link: [String: Any] = [
                "label": Typography.typeset(label),
                "url": url.absoluteString,
                "fallback": Frame.linkFallback,
            ]
            return ["link": link]
        case .facts(let facts):
            let entries = facts.map {
                ["label": Typography.typeset($0.label), "value": Typography.typeset($0.value)]
            }
            return ["facts": ["entries": entries]]
        case .quotation(let quotation):
            let lines = quotation.lines.map(Typography.typeset)
            let words: [String: Any] = ["first": lines.first ?? "", "others": lines.dropFirst().map { ["line": $0] }]
            return ["quotation": words]
        }
    }
}
