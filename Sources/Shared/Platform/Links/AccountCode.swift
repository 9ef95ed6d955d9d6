import Crypto
import Foundation
package import JobEngine

/// The six digits that an account without an e-mail address gets by SMS. Like a token a function of the job, so that
/// every attempt sends the same ones.
package struct AccountCode: Sendable, Hashable, CustomStringConvertible {
    /// How long it works after its SMS: long enough to type it, too short to try many.
    package static let lifetime: Duration = .seconds(600)
    /// Wrong guesses after which it is worthless; the table checks the same number.
    package static let maximumGuesses = 5

    package let purpose: AccountToken.Purpose
    /// As it stands in the SMS. Never log it, never store it.
    package let text: String
    /// What is stored. Keyed: all million codes could be hashed in a second.
    package let digest: [UInt8]

    package init(_ purpose: AccountToken.Purpose, job: JobID, secret: SigningSecret) {
        let code = secret.code(for: Array("code ".utf8) + Self.context(purpose, job))
        let number = code.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 1_000_000
        let digits = String(number)
        self.purpose = purpose
        self.text = String(repeating: "0", count: 6 - digits.count) + digits
        self.digest = Self.digest(of: text, purpose, job: job, secret: secret)
    }

    /// The digest of a text that claims to be the code of a job.
    static func digest(
        of text: String,
        _ purpose: AccountToken.Purpose,
        job: JobID,
        secret: SigningSecret
    ) -> [UInt8] {
        // The words in front keep these apart from tokens and links made with the same secret; the parts before the
        // text have one length for each purpose.
        Array(secret.code(for: Array("code-digest ".utf8) + context(purpose, job) + Array(text.utf8)))
    }

    private static func context(_ purpose: AccountToken.Purpose, _ job: JobID) -> [UInt8] {
        Array(purpose.rawValue.utf8) + withUnsafeBytes(of: job.uuid.uuid) { Array($0) }
    }

    package var description: String { "AccountCode(\(purpose.rawValue))" }
}
