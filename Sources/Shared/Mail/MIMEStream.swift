import Foundation

/// The bytes of a mail, made as they are asked for; an attachment is never in memory as a whole.
///
/// Not `Sendable`: made by the caller, then read by one thread.
final class MIMEStream {
    /// Bytes of the attachment read at once: whole lines of base64, 57 bytes each.
    private static let chunk = 57 * 512

    private enum Part { case attachment(FileHandle), end }

    private let message: MailMessage
    private var part: Part
    private let file: FileHandle?
    private var pending: ArraySlice<UInt8> = []
    /// The bytes of the whole mail, as RFC 1870 counts them.
    private(set) var size = 0

    /// Opens the attachment, so that a missing file is noticed before anything is sent.
    /// - Throws: What opening the file threw.
    init(_ message: MailMessage) throws {
        self.message = message
        file = try message.attachment.map { try FileHandle(forReadingFrom: $0.file) }
        part = file.map(Part.attachment) ?? .end
        pending = head()[...]
        size = pending.count
        if let file {
            size += Self.encodedSize(Int(try file.seekToEnd())) + Boundary.last.count
            try file.seek(toOffset: 0)
        }
    }

    deinit {
        try? file?.close()
    }

    /// The next bytes, at least one; 0 at the end of the mail.
    /// - Throws: What reading the attachment threw.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while pending.isEmpty {
            switch part {
            case .attachment(let file):
                pending = try base64Lines(of: file)[...]
                if pending.isEmpty {
                    pending = Boundary.last[...]
                    part = .end
                }
            case .end:
                return 0
            }
        }
        let count = min(buffer.count, pending.count)
        buffer.copyBytes(from: pending.prefix(count))
        pending.removeFirst(count)
        return count
    }

    /// Boundaries that cannot occur in the parts: quoted-printable never has `=_`, and base64 no `_`.
    private enum Boundary {
        static let mixed = "=_relais_mixed"
        static let alternative = "=_relais_alternative"
        static let last = Array("--\(mixed)--\r\n".utf8)
    }

    private func head() -> [UInt8] {
        var bytes = Array(headers().utf8)
        if message.attachment != nil {
            bytes += Array(multipart("mixed", Boundary.mixed).utf8)
            bytes += Array("\r\n--\(Boundary.mixed)\r\n".utf8)
        }
        bytes += Array(multipart("alternative", Boundary.alternative).utf8)
        bytes += textPart("plain", message.text) + textPart("html", message.html)
        bytes += Array("\r\n--\(Boundary.alternative)--\r\n".utf8)
        if let attachment = message.attachment {
            let fields = [
                "--\(Boundary.mixed)\r\n",
                HeaderField.folded("Content-Type", [attachment.contentType]),
                "Content-Transfer-Encoding: base64\r\n",
                DispositionField.line(filename: attachment.filename),
            ]
            bytes += Array((fields.joined() + "\r\n").utf8)
        }
        return bytes
    }

    private func headers() -> String {
        var fields = [
            "Date: \(HeaderField.date(message.date))\r\n",
            HeaderField.mailbox("From", message.from),
            HeaderField.mailbox("To", message.to),
        ]
        if let replyTo = message.replyTo { fields.append(HeaderField.mailbox("Reply-To", replyTo)) }
        fields += [
            HeaderField.unstructured("Subject", message.subject),
            HeaderField.folded("Message-ID", [message.messageID.description]),
            // RFC 3834: holiday notices and other robots do not answer such a mail.
            "Auto-Submitted: auto-generated\r\n",
            "MIME-Version: 1.0\r\n",
        ]
        return fields.joined()
    }

    private func multipart(_ subtype: String, _ boundary: String) -> String {
        HeaderField.folded("Content-Type", ["multipart/\(subtype);", "boundary=\"\(boundary)\""])
    }

    private func textPart(_ subtype: String, _ text: String) -> [UInt8] {
        let fields = [
            "\r\n--\(Boundary.alternative)\r\n",
            "Content-Type: text/\(subtype); charset=utf-8\r\n",
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
        ]
        return Array(fields.joined().utf8) + QuotedPrintable.encode(text)
    }

    /// What ``base64Lines(of:)`` makes of so many bytes: lines of 76 characters for 57 bytes each, with their ends.
    private static func encodedSize(_ bytes: Int) -> Int {
        let rest = bytes % 57
        return bytes / 57 * 78 + (rest == 0 ? 0 : (rest + 2) / 3 * 4 + 2)
    }

    private func base64Lines(of file: FileHandle) throws -> [UInt8] {
        var data = Data()
        // Short reads would end a line, and its base64, in the middle.
        while data.count < Self.chunk, let more = try file.read(upToCount: Self.chunk - data.count), !more.isEmpty {
            data += more
        }
        if data.isEmpty { return [] }
        let options: Data.Base64EncodingOptions = [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ]
        return Array(data.base64EncodedData(options: options)) + [0x0D, 0x0A]
    }
}
