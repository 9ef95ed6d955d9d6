import HTTPTypes
import Hummingbird
import JobEngine
import Platform

/// Problems of `POST /v1/tokens/redeem`.
extension Problem {
    static func invalidRedemption(_ faults: [ArgumentField.Fault]) -> Problem {
        Problem(
            status: .unprocessableContent,
            slug: "invalid-redemption",
            title: "Invalid redemption",
            detail: "Expected purpose with either token, or identifier and code, and perhaps consume; see errors. "
                + "Nothing was used up.",
            errors: faults
        )
    }

    /// The same for a token that never was, a wrong code and a number that nobody has.
    static let unknownToken = Problem(
        status: .notFound,
        slug: "unknown-token",
        title: "Unknown token or code",
        detail: "Nobody was sent this for this purpose. After five wrong codes only a new one works."
    )

    static func tokenGone(_ reason: TokenRedemption.Reason) -> Problem {
        let words =
            switch reason {
            case .expired: "Its time is over."
            case .replaced: "A newer message has replaced it: only the latest one works."
            case .used: "It was used, and works once."
            case .guessed: "Five wrong codes were given for it."
            case .accountGone: "The account was deleted."
            }
        return Problem(
            status: .gone,
            slug: "token-gone",
            title: "Token or code is over",
            detail: "\(words) \(reason == .accountGone ? "Nothing was used up." : "Ask for another message.")",
            more: ["reason": .string(reason.rawValue)]
        )
    }

    static func tooManyRedemptions(after wait: Duration) -> Problem {
        Problem(
            status: .tooManyRequests,
            slug: "too-many-redemptions",
            title: "Too many redemptions",
            detail: "This token or identifier came \(RedeemLimit.calls) times within a minute. Repeat it later.",
            headers: [.retryAfter: String(max(1, wait.components.seconds + 1))]
        )
    }

    static let accountLocked = Problem(
        status: .serviceUnavailable,
        slug: "account-locked",
        title: "Account locked",
        detail: "Another transaction has changed this account or token and is still open. Nothing was used up. End it, "
            + "and repeat the request.",
        headers: [.retryAfter: "1"]
    )
}
