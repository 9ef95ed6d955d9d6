import Crypto
package import Foundation

/// The link to an export file: `/v1/exports/{id}/file?expires=…&signature=…`. The signature is the permission, so that
/// the file opens from a mail without signing in; it names one file and one end.
package struct SignedLink: Sendable {
    /// As long as the file itself is kept.
    package static let lifetime: Duration = .seconds(7 * 24 * 3600)

    package enum Verdict: Sendable, Hashable {
        case valid
        /// Signed by us, and its time is over: 410.
        case expired
        /// Not signed by us: 403, without a word about whether the file exists.
        case forged
    }

    private let secret: SigningSecret

    package init(secret: SigningSecret) {
        self.secret = secret
    }

    /// The link's path and query, relative to the address under which the producer is reached.
    package func path(file: UUID, expires: Date) -> String {
        let end = Int64(expires.timeIntervalSince1970.rounded(.down))
        let signature = Base64URL.encode(secret.code(for: Self.message(file, end)))
        return "/v1/exports/\(file.uuidString.lowercased())/file?expires=\(end)&signature=\(signature)"
    }

    /// Judges the two query values of a request; anything that is not what `path` writes is forged.
    /// - Parameter now: the database's clock, by which the end was set.
    package func verdict(file: UUID, expires: String, signature: String, now: Date) -> Verdict {
        // Its own spelling only: otherwise "+1" and "01" would be further links to the same file.
        guard let end = Int64(expires), String(end) == expires, let code = Base64URL.decode(signature) else {
            return .forged
        }
        // Compares in constant time: the time of a byte-by-byte comparison spells the signature out.
        let isOurs = HMAC<SHA256>.isValidAuthenticationCode(
            code,
            authenticating: Self.message(file, end),
            using: secret.key
        )
        guard isOurs else { return .forged }
        return now.timeIntervalSince1970 < Double(end) ? .valid : .expired
    }

    /// The word in front keeps these apart from tokens made with the same secret.
    private static func message(_ file: UUID, _ end: Int64) -> [UInt8] {
        Array("export-file".utf8) + withUnsafeBytes(of: file.uuid) { Array($0) }
            + withUnsafeBytes(of: end.bigEndian) { Array($0) }
    }
}
