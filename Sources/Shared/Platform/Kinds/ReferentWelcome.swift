package import JobEngine

/// Tells somebody whom an administrator has authorised that he may now sign up as référent.
package struct ReferentWelcome: JobArguments, Hashable {
    package let invitationID: Int64

    package init(invitationID: Int64) {
        self.invitationID = invitationID
    }

    enum CodingKeys: String, CodingKey {
        case invitationID = "invitation_id"
    }

    package static let definition = KindDefinition(
        name: "referent.welcome",
        queue: PlatformCatalogue.Queue.activation.name,
        maxFailures: KindLimits.mailFailures,
        runLimit: KindLimits.mailRun,
        unique: UniqueRule(.untilClaimed)
    )

    package static let fields = [ArgumentField("invitation_id", .id, required: true)]
}
