package import Foundation

/// A mail as another program understands it: Python's `email` package with its strict default policy.
package struct ReceivedMail: Decodable, Sendable {
    /// One part that is no container.
    package struct Part: Decodable, Sendable {
        package let type: String
        package let filename: String?
        package let content: String?
        package let base64: String?
    }

    package let headers: [String: String]
    package let names: [String]
    package let structure: [String]
    package let parts: [Part]
    package let defects: [String]
    package let recipientName: String
    package let recipientAddress: String
    package let longestLine: Int
    package let hasBareLineEnds: Bool
    package let isASCII: Bool

    /// Reads a mail that the server kept.
    package static func parse(_ file: URL) async throws -> ReceivedMail {
        let process = try LineProcess("/usr/bin/python3", ["-c", parser, file.path])
        let json = try await process.lines.first("the parsed mail") { $0.hasPrefix("{") }
        await process.stop()
        return try JSONDecoder().decode(ReceivedMail.self, from: Data(json.utf8))
    }

    private static let parser = """
        import base64, email, email.policy, json, re, sys
        raw = open(sys.argv[1], "rb").read()
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        parts = []
        for part in mail.walk():
            if part.is_multipart(): continue
            is_text = part.get_content_maintype() == "text" and not part.get_filename()
            text = part.get_content().replace("\\r\\n", "\\n") if is_text else None
            data = None if text is not None else base64.b64encode(part.get_payload(decode=True)).decode()
            parts.append({"type": part.get_content_type(), "filename": part.get_filename(), "content": text, "base64": data})
        address = mail["To"].addresses[0]
        print(json.dumps({
            "headers": {name.lower(): str(value) for name, value in mail.items()}, "names": mail.keys(),
            "structure": [part.get_content_type() for part in mail.walk()], "parts": parts,
            "defects": [repr(d) for part in mail.walk() for d in part.defects]
                + [repr(d) for value in mail.values() for d in value.defects],
            "recipientName": address.display_name, "recipientAddress": address.addr_spec,
            "longestLine": max(len(line) for line in raw.split(b"\\r\\n")),
            "hasBareLineEnds": re.search(rb"(?<!\\r)\\n|\\r(?!\\n)", raw) is not None,
            "isASCII": raw.isascii()}))
        """
}
