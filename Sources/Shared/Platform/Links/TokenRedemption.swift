import Crypto
import Foundation
import JobEngine
package import Postgres

/// A link that was clicked, or a code that was typed, as the platform asks about it.
package struct TokenRedemption: Sendable {
    /// What somebody holds.
    package enum Proof: Sendable {
        /// The token of a link.
        case token(String)
        /// The digits of an SMS, with the number that they were sent to as ``normal(_:)`` writes it.
        case code(String, phone: String)
    }

    package enum Outcome: Sendable, Hashable {
        case redeemed(account: Int64)
        /// It was ours, and is over.
        case gone(Reason)
        /// Nobody was sent this.
        case unknown
    }

    package enum Reason: String, Sendable, Hashable, CaseIterable {
        case expired, replaced, used, guessed
        /// The account was deleted since.
        case accountGone = "account-gone"
    }

    private let purpose: AccountToken.Purpose
    private let proof: Proof
    private let consume: Bool
    private let secret: SigningSecret

    /// - Parameter consume: false looks without using up, for a page that is opened before the new password is known.
    package init(_ purpose: AccountToken.Purpose, _ proof: Proof, consume: Bool, secret: SigningSecret) {
        self.purpose = purpose
        self.proof = proof
        self.consume = consume
        self.secret = secret
    }

    /// An identifier in the one way in which it is looked up.
    package static func normal(_ identifier: String) -> SQL {
        "SELECT delivery.normal_identifier(\(identifier)) AS identifier"
    }

    /// Answers, and writes what follows from the answer. Whatever the answer, the transaction open on `connection` must
    /// commit: a wrong guess counts only then.
    package func run(on connection: PostgresConnection) async throws -> Outcome {
        switch proof {
        case .token(let text):
            // Looked up by its digest, of which nobody can choose the bytes: the time of the look-up tells nothing.
            let rows = try await connection.query(
                RedemptionSQL.token(AccountToken.digest(of: text), purpose),
                as: "look up token"
            )
            guard let row = rows.first else { return .unknown }
            return try await redeem(KeptSecret(row), on: connection)
        case .code(let text, let phone):
            return try await guess(text, phone, on: connection)
        }
    }

    /// A guess that is not right for a live code costs it one of its guesses. Only who knows the digits of a code hears
    /// that it is over: a wrong guess sounds the same for a code that lives, for one that is over and for a number that
    /// nobody has.
    private func guess(_ text: String, _ phone: String, on connection: PostgresConnection) async throws -> Outcome {
        let kept = try await connection.query(RedemptionSQL.codes(of: phone, purpose), as: "look up codes")
            .map(KeptSecret.init)
        // As many comparisons for one code as for none.
        let compared = (0..<RedemptionSQL.mostCodes).map { index in
            let code = index < kept.count ? kept[index] : KeptSecret.none
            return isEqual(AccountCode.digest(of: text, purpose, job: code.job, secret: secret), code.digest)
        }
        let match = zip(kept, compared).first { $1 }?.0
        let outcome: Outcome =
            if let match { try await redeem(match, on: connection) } else { .unknown }
        if case .redeemed = outcome { return outcome }
        let missed = kept.filter { $0.job != match?.job }.map(\.job.uuid)
        _ = try await connection.execute(RedemptionSQL.countGuess(missed), as: "count guess")
        // For a number that nobody has, nothing was written: its answer would come without a flush, milliseconds earlier.
        _ = try await connection.execute(RedemptionSQL.writeNothing, as: "write nothing")
        return outcome
    }

    private func redeem(_ kept: KeptSecret, on connection: PostgresConnection) async throws -> Outcome {
        if kept.isReplaced { return .gone(.replaced) }
        if kept.isExpired { return .gone(.expired) }
        if kept.isCode, kept.wrongGuesses >= AccountCode.maximumGuesses { return .gone(.guessed) }
        // People click twice, and mail servers click before them: what is active stays active.
        if kept.isUsed, purpose != .activation { return .gone(.used) }
        let accounts = try await connection.query(RedemptionSQL.account(kept.account), as: "look up account")
        guard !accounts.isEmpty else { return .gone(.accountGone) }
        if consume {
            _ = try await connection.execute(RedemptionSQL.use(kept.job.uuid), as: "use token")
            if purpose == .activation {
                _ = try await connection.execute(RedemptionSQL.confirm(kept.account), as: "confirm account")
            }
        }
        return .redeemed(account: kept.account)
    }

    /// In constant time.
    private func isEqual(_ code: [UInt8], _ other: [UInt8]) -> Bool {
        var difference = UInt8(code.count == other.count ? 0 : 1)
        for (a, b) in zip(code, other) { difference |= a ^ b }
        return difference == 0
    }
}
