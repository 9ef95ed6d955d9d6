package import JobEngine

/// Sends the link that activates an account; also what "I did not get the message" asks for.
package struct AccountActivation: JobArguments, Hashable {
    /// nil: the identifier that the caller gave belongs to nobody. Such a job takes the same steps and ends obsolete.
    package let accountID: Int64?

    package init(accountID: Int64?) {
        self.accountID = accountID
    }

    enum CodingKeys: String, CodingKey {
        case accountID = "account_id"
    }

    package static let definition = KindDefinition(
        name: "account.activation",
        queue: PlatformCatalogue.Queue.activation.name,
        maxFailures: KindLimits.mailFailures,
        runLimit: KindLimits.mailRun,
        resolver: AccountReference.resolver,
        unique: AccountReference.unique
    )

    package static let fields = AccountReference.fields
    package static let rules = AccountReference.rules
}
