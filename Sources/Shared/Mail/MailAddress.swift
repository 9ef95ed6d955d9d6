/// A mailbox: an address as RFC 5321 writes it, and the name shown with it.
package struct MailAddress: Sendable, Hashable {
    /// `local@domain`, ASCII.
    package let address: String
    package let name: HeaderText?

    /// - Parameters:
    ///   - address: A dot-atom, `@` and a host name. Internationalised domains are given in their ASCII form (`xn--…`);
    ///     a local part outside ASCII is refused, because it needs SMTPUTF8 at every server on the way.
    ///   - name: The name shown, any one line of text.
    /// - Throws: `MailFieldError`, which does not quote the address.
    package init(address: String, name: String? = nil) throws(MailFieldError) {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, address.utf8.count <= 254 else {
            throw MailFieldError(field: "address", expected: "local@domain, at most 254 bytes")
        }
        let words = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts[0].utf8.count <= 64, words.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isAtomByte) }) else {
            throw MailFieldError(field: "address", expected: "an ASCII local part of at most 64 bytes, without quotes")
        }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy(Self.isLabel) else {
            throw MailFieldError(field: "address", expected: "a domain of ASCII letters, digits, hyphens and dots")
        }
        self.address = address
        self.name = if let name, !name.isEmpty { try HeaderText(name, field: "name") } else { nil }
    }

    /// `atext` of RFC 5322.
    static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
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
