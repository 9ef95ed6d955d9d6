package import Foundation

/// The address of a page of the platform that takes a token: `https://example.org/activation?jeton={token}`.
package struct LinkTemplate: Sendable, Hashable {
    private let before: String
    private let after: String

    private static let placeholder = "{token}"

    /// - Throws: `LinkTemplateError` unless the text is an http or https URL with `{token}` once.
    package init(_ text: String) throws {
        let parts = text.components(separatedBy: Self.placeholder)
        guard parts.count == 2 else { throw LinkTemplateError(problem: "{token} \(parts.count - 1) times") }
        guard let url = URL(string: parts.joined(separator: "x")), let host = url.host(), !host.isEmpty,
            let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme)
        else { throw LinkTemplateError(problem: "a text that is no http or https URL") }
        // A token in the host would be sent to a name server, and by a browser to whoever answers.
        guard !parts[0].dropFirst(scheme.count + 3).allSatisfy({ $0 != "/" && $0 != "?" }) else {
            throw LinkTemplateError(problem: "{token} in the host's name")
        }
        before = parts[0]
        after = parts[1]
    }

    /// The link of a token.
    package func link(_ token: AccountToken) throws -> URL {
        // A token needs no escaping, so only a template that was never checked could fail here.
        guard let url = URL(string: before + token.text + after) else {
            throw LinkTemplateError(problem: "a text that makes no URL with a token")
        }
        return url
    }
}

/// A template that makes no link; the text itself is left out, the setting's name stands with whoever reads it.
package struct LinkTemplateError: Error, CustomStringConvertible {
    let problem: String

    package var description: String {
        "expected a link such as https://example.org/activation?jeton={token}, got \(problem)"
    }
}
