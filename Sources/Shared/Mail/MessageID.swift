/// The identity of a mail, the same for every attempt to send it: a server that gets it twice can drop the second.
package struct MessageID: Sendable, Hashable, CustomStringConvertible {
    /// With its angle brackets.
    package let description: String

    /// - Parameters:
    ///   - local: The part made by the sender, such as a job's id: letters, digits and the other characters of an atom.
    ///   - domain: A domain of the sender's.
    /// - Throws: `MailFieldError` when the two do not form an identity.
    package init(local: String, domain: String) throws(MailFieldError) {
        do {
            description = "<\(try MailAddress(address: "\(local)@\(domain)").address)>"
        } catch {
            throw MailFieldError(field: "message id", expected: "an ASCII word of at most 64 bytes and a domain")
        }
    }
}
