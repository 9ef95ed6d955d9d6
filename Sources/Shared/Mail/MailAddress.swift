import CIDN

/// A mailbox: an address as RFC 5321 writes it, and the name shown with it.
package struct MailAddress: Sendable, Hashable {
    /// `local@domain`, ASCII.
    package let address: String
    package let name: HeaderText?

    /// - Parameters:
    ///   - address: A dot-atom, `@` and a host name. An internationalised domain is written in its ASCII form
    ///     (`xn--…`), which every server takes; a local part outside ASCII is refused, because it has none and needs
    ///     SMTPUTF8 at every server on the way.
    ///   - name: The name shown, any one line of text.
    /// - Throws: `MailFieldError`, which does not quote the address.
    package init(address: String, name: String? = nil) throws(MailFieldError) {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw MailFieldError(field: "address", expected: "local@domain") }
        let words = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts[0].utf8.count <= 64, words.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isAtomByte) }) else {
            throw MailFieldError(field: "address", expected: "an ASCII local part of at most 64 bytes, without quotes")
        }
        guard let domain = Self.asciiDomain(parts[1]),
            domain.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(Self.isLabel)
        else {
            throw MailFieldError(field: "address", expected: "a domain of letters, digits, hyphens and dots")
        }
        self.address = "\(parts[0])@\(domain)"
        guard self.address.utf8.count <= 254 else {
            throw MailFieldError(field: "address", expected: "at most 254 bytes")
        }
        self.name = if let name, !name.isEmpty { try HeaderText(name, field: "name") } else { nil }
    }

    /// `atext` of RFC 5322.
    static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }

    /// The domain as DNS knows it (IDNA 2008, with the mapping of UTS 46: capitals and composed letters are one thing);
    /// nil when it has no such form. libcurl would convert it too, but from the encoding of the process's locale, which a
    /// service does not have, and not for the headers.
    private static func asciiDomain(_ domain: Substring) -> String? {
        if domain.utf8.allSatisfy({ $0 < 0x80 }) { return String(domain) }
        // Where the C string would end.
        if domain.utf8.contains(0) { return nil }
        var converted: UnsafeMutablePointer<UInt8>?
        let code = idn2_lookup_u8(Array(domain.utf8) + [0], &converted, Int32(IDN2_NONTRANSITIONAL.rawValue))
        defer { idn2_free(converted) }
        guard code == IDN2_OK.rawValue, let converted else { return nil }
        return String(cString: converted)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        guard (1...63).contains(label.utf8.count), label.first != "-", label.last != "-" else { return false }
        return label.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: true
            default: false
            }
        }
    }
}
