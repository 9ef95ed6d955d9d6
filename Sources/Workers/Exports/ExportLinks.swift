import Foundation
import Platform

/// Makes the links to stored exports, as they stand in mails.
struct ExportLinks: Sendable {
    private let base: String
    private let signer: SignedLink

    /// - Parameter publicURL: where people reach the producer, with or without a path, and without a slash at its end.
    init(publicURL: String, secret: SigningSecret) {
        base = publicURL
        signer = SignedLink(secret: secret)
    }

    func url(file: UUID, expires: Date) throws -> URL {
        guard let url = URL(string: base + signer.path(file: file, expires: expires)) else {
            throw ExportLinkError(base: base)
        }
        return url
    }
}

/// The public address makes no link.
struct ExportLinkError: Error, CustomStringConvertible {
    let base: String

    var description: String {
        "expected a public address to which a path can be added, such as https://relais.example, got '\(base)'"
    }
}
