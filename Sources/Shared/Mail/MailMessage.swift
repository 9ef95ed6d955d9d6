package import Foundation

/// One mail to one recipient. Every value that ends in a header has been checked by its type.
package struct MailMessage: Sendable {
    package var from: MailAddress
    package var to: MailAddress
    package var replyTo: MailAddress?
    package var subject: HeaderText
    package var date: Date
    package var messageID: MessageID
    /// The mail without markup, for readers that show none; may have any line ends.
    package var text: String
    package var html: String
    package var attachment: Attachment?

    package init(
        from: MailAddress,
        to: MailAddress,
        replyTo: MailAddress? = nil,
        subject: HeaderText,
        date: Date,
        messageID: MessageID,
        text: String,
        html: String,
        attachment: Attachment? = nil
    ) {
        self.from = from
        self.to = to
        self.replyTo = replyTo
        self.subject = subject
        self.date = date
        self.messageID = messageID
        self.text = text
        self.html = html
        self.attachment = attachment
    }

    /// The mail as it is sent, in memory with its attachment: to be looked at. What is sent is made while it leaves.
    /// - Throws: What opening or reading the attachment threw.
    package func bytes() throws -> [UInt8] {
        let stream = try MIMEStream(self)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = try buffer.withUnsafeMutableBytes({ try stream.read(into: $0) }), count > 0 {
            bytes += buffer.prefix(count)
        }
        return bytes
    }
}
