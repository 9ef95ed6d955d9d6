/// Company groups, and the ministries and administrations that supervise an offer (`platform.organisation_group`).
package enum OrganisationGroup {
    /// What cells and pages show in the place of a name, for offers that have no group.
    package static let none = "Indépendant"
}
