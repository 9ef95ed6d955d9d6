import Foundation
import Mustache

/// Turns a mail into its subject, text and HTML. Made once a process: the layout is parsed here.
package struct MailRenderer: Sendable {
    private let layout: MustacheTemplate

    static let service = "Mon stage de 3e"
    static let signature = "L'équipe Mon stage de 3e"
    static let footer = "Ce message est envoyé automatiquement : merci de ne pas y répondre."
    static let linkFallback = "Si le bouton ne s'ouvre pas, copiez cette adresse dans votre navigateur :"

    /// - Throws: when the layout is no Mustache template, which the first start shows.
    package init() throws {
        layout = try MustacheTemplate(string: Layout.html)
    }

    /// Rendering cannot fail: whatever the facts hold is escaped.
    package func render(_ mail: some MailTemplate) -> RenderedMail {
        RenderedMail(subject: mail.subject, text: PlainText.render(mail), html: html(mail))
    }

    private func html(_ mail: some MailTemplate) -> String {
        let context: [String: Any] = [
            "subject": mail.subject,
            "heading": Typography.typeset(mail.subject),
            "preheader": Typography.typeset(mail.preheader),
            "service": Self.service,
            "signature": Typography.typeset(Self.signature),
            "footer": Typography.typeset(Self.footer),
            "blocks": mail.blocks.map(Self.context),
        ]
        return layout.render(context)
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
                "fallback": Typography.typeset(linkFallback),
            ]
            return ["link": link]
        case .facts(let facts):
            let entries = facts.map {
                ["label": Typography.typeset($0.label), "value": Typography.typeset($0.value)]
            }
            return ["facts": ["entries": entries]]
        }
    }
}
