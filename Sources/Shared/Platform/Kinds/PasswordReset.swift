package import JobEngine

/// Sends the link with which somebody chooses a new password.
package struct PasswordReset: JobArguments, Hashable {
    /// nil: the identifier that the caller gave belongs to nobody. Such a job takes the same steps and ends obsolete.
    package let accountID: Int64?

    package init(accountID: Int64?) {
        self.accountID = accountID
    }

    enum CodingKeys: String, CodingKey {
        case accountID = "account_id"
    }

    package static let definition = KindDefinition(
        name: "account.password-reset",
        queue: PlatformCatalogue.Queue.passwordReset.name,
        maxFailures: KindLimits.mailFailures,
        runLimit: KindLimits.mailRun,
        resolver: AccountReference.resolver,
        unique: AccountReference.unique
    )

    package static let fields = AccountReference.fields
    package static let rules = AccountReference.rules
}
