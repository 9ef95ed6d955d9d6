import Foundation

/// The text part: the same blocks, one below the other.
enum PlainText {
    /// Short enough for every window and for being quoted twice; links and addresses are never broken.
    static let width = 72

    static func render(_ mail: some MailTemplate) -> String {
        let paragraphs =
            mail.blocks.map(text) + [wrap(Frame.signature), wrap(Frame.footer)]
        return paragraphs.joined(separator: "\n\n") + "\n"
    }

    private static func text(_ block: MailBlock) -> String {
        switch block {
        case .paragraph(let text):
            wrap(text)
        case .link(let label, let url):
            wrap("\(label) :") + "\n" + url.absoluteString
        case .facts(let facts):
            facts.map { wrap("\($0.label) : \($0.value)") }.joined(separator: "\n")
        case .quotation(let quotation):
            quotation.lines.map { $0.isEmpty ? ">" : wrap($0, behind: "> ") }.joined(separator: "\n")
        }
    }

    /// Breaks at plain spaces, so that no line begins with a colon, and words that are longer than a line. What stands
    /// before each line marks it as somebody's words, which can therefore not pass for ours.
    private static func wrap(_ text: String, behind mark: String = "") -> String {
        var lines: [String] = []
        var line = ""
        var columns = 0
        let room = width - mark.count
        for word in Typography.typeset(text).split(separator: " ").flatMap({ pieces(of: $0, room) }) {
            let length = word.count
            if line.isEmpty {
                line = String(word)
                columns = length
            } else if columns + 1 + length <= room {
                line += " " + word
                columns += 1 + length
            } else {
                lines.append(line)
                line = String(word)
                columns = length
            }
        }
        return (lines + [line]).map { mark + $0 }.joined(separator: "\n")
    }

    /// What people type may have no space at all. A link or an address would be none any more.
    private static func pieces(of word: Substring, _ room: Int) -> [Substring] {
        guard word.count > room, !word.contains("://"), !word.contains("@") else { return [word] }
        return [word.prefix(room)] + pieces(of: word.dropFirst(room), room)
    }
}
