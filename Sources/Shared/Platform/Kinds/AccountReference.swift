import JobEngine

/// How a caller says whose account is meant: by `account_id`, or by the `identifier` that a visitor typed. Intake and
/// `relais.enqueue` replace the identifier at once; no job row ever holds one.
enum AccountReference {
    static let fields = [
        ArgumentField("account_id", .id),
        // 254 bytes of address (RFC 5321), and blanks around it that a visitor did not see.
        ArgumentField("identifier", .text(maxLength: 320)),
    ]

    static let rules = [ArgumentRule.exactlyOne("account_id", "identifier")]

    /// The SQL function that does so.
    static let resolver = "delivery.resolve_account(text, jsonb)"

    /// Several requests while one waits are one job. A request by identifier is known by the identifier instead, whether
    /// or not somebody has it; the resolver names it.
    static let unique = UniqueRule(.untilClaimed, by: ["account_id"])
}
