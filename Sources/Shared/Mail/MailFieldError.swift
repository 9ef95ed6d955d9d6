/// A part of a mail that cannot be sent as given. Says what was expected and never quotes the value, which is often a
/// name or an address.
package struct MailFieldError: Error, Equatable, CustomStringConvertible {
    package let field: String
    package let expected: String

    package var description: String { "\(field): expected \(expected)" }
}
