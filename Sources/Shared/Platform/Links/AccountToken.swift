import Crypto
import Foundation
package import JobEngine

/// The secret part of an activation or reset link. It is a function of the job, so that every attempt of a job sends
/// the same link and a mail that went out twice still works; only its SHA-256 is kept.
package struct AccountToken: Sendable, Hashable, CustomStringConvertible {
    package enum Purpose: String, Sendable, Hashable, CaseIterable {
        case activation
        case passwordReset = "password-reset"

        /// How long the link works after its mail.
        package var lifetime: Duration {
            switch self {
            case .activation: .seconds(7 * 24 * 3600)
            // Also the deadline of the job: a reset mail that comes later helps nobody.
            case .passwordReset: .seconds(6 * 3600)
            }
        }
    }

    package let purpose: Purpose
    /// As it stands in the link: 43 characters that need no escaping. Never log it, never store it.
    package let text: String

    /// HMAC-SHA256(secret, purpose ‖ job id). The id's 16 bytes at the end keep the parts apart.
    package init(_ purpose: Purpose, job: JobID, secret: SigningSecret) {
        let id = withUnsafeBytes(of: job.uuid.uuid) { Array($0) }
        self.purpose = purpose
        self.text = Base64URL.encode(secret.code(for: Array(purpose.rawValue.utf8) + id))
    }

    /// What is stored, and looked up when the token comes back.
    package var digest: [UInt8] { Self.digest(of: text) }

    /// The digest of a text that claims to be a token.
    package static func digest(of text: String) -> [UInt8] {
        Array(SHA256.hash(data: Array(text.utf8)))
    }

    package var description: String { "AccountToken(\(purpose.rawValue))" }
}
