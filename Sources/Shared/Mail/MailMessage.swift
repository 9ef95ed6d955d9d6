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
}
