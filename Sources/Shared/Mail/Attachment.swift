package import Foundation

/// A file sent along. It is read while the mail is sent, never held in memory.
package struct Attachment: Sendable, Hashable {
    package let file: URL
    /// The name the recipient sees; any one line of text.
    package let filename: HeaderText
    /// Such as `text/csv`.
    package let contentType: String

    /// - Throws: `MailFieldError` for a filename with control characters or a path, and for a content type that is not
    ///   `type/subtype`.
    package init(file: URL, filename: String, contentType: String) throws(MailFieldError) {
        guard !filename.isEmpty, !filename.contains("/"), filename.utf8.count <= 200 else {
            throw MailFieldError(field: "filename", expected: "1 to 200 bytes without a slash")
        }
        let halves = contentType.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, halves.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isTypeByte) }) else {
            throw MailFieldError(field: "content type", expected: "type/subtype without parameters")
        }
        self.file = file
        self.filename = try HeaderText(filename, field: "filename")
        self.contentType = contentType
    }

    /// RFC 6838: the characters of a registered media type.
    private static func isTypeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$&-^_.+".utf8.contains(byte)
        }
    }
}
